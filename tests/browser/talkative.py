"""Jobs that say a lot, and what must not act."""

from __future__ import annotations

import sys
import time

import pandas as pd

from jobnb import jobs

HOSTILE = "<script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\">"


class Many(jobs.Job):
    """Writes lines as fast as it can, then waits to be cancelled."""

    class Meta:
        name = "Many Lines"

    count = jobs.IntegerVar(default=100_000)

    def run(self, *, count):
        for number in range(count):
            self.logger.info("line %d of the log, as long as lines of most logs are", number)
        self.logger.success("all are written")
        time.sleep(600)


class Endless(jobs.Job):
    """Writes a line now and then."""

    class Meta:
        name = "Endless"

    def run(self):
        for number in self.track(range(100_000), text="steps"):
            self.logger.info("step %d", number)
            time.sleep(0.05)


class Shows(jobs.Job):
    """Shows what people look at, and what must not act."""

    class Meta:
        name = "Shows"

    ended = jobs.BooleanVar(default=True)

    def run(self, *, ended):
        self.display(pd.DataFrame({"switch": ["sw-1", HOSTILE], "seconds": [12.5, 99.0]}))
        self.display(Picture())
        self.logger.warning("%s \x1b[31mred\x1b[0m \u202ereversed \0 end", HOSTILE)
        sys.stdout.write("x" * 1_000_000 + "\n")
        self.create_file(f"{HOSTILE.replace('/', '')}.txt", "content")
        self.progress(1, 2, HOSTILE)
        if not ended:
            time.sleep(600)
        raise ValueError(HOSTILE)


class Picture:
    """Shows itself as a page that acts."""

    def _repr_html_(self):
        return f"<h2>a page</h2>{HOSTILE}<a href=\"javascript:document.title='hit'\">x</a>"


jobs.register_jobs(Many, Endless, Shows)
