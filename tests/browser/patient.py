"""A job whose check takes as long as somebody wants; the tests copy it into a jobs folder."""

import time
from pathlib import Path

from jobnb import jobs


class WaitsForFile(jobs.StringVar):
    def clean(self, raw):
        while not Path(raw).exists():
            time.sleep(0.02)
        return super().clean(raw)


class Patient(jobs.Job):
    file = WaitsForFile(required=False)

    def run(self, *, file):
        pass


jobs.register_jobs(Patient)
