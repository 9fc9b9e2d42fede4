"""What runs in a storm: three jobs that leave marks, and kernels that submit them."""

from __future__ import annotations

JOBS = """
import fcntl, os, subprocess, time
from pathlib import Path
from jobnb import jobs

class Storm(jobs.Job):
    marks = jobs.StringVar()
    lines = jobs.IntegerVar()
    pause = jobs.IntegerVar()

    def run(self, *, marks, lines, pause):
        attempt = self.request.retries + 1
        mark = Path(marks, f"{self.job_result.id}.{attempt}")
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # FileExistsError: executed twice
        helper = subprocess.Popen(["sleep", "600"])
        for number in range(lines):
            if number % 2:
                print(f"line {attempt} {number}")
            else:
                self.logger.info("line %d %d", attempt, number)
            time.sleep(pause / 1000)
        helper.kill()
        helper.wait()
        mark.with_name(f"{mark.name}.done").touch()
        return lines

class Again(Storm):
    class Meta:
        max_retries = 2
        retry_delay = 0.2
        retry_on = "both"

    def run(self, *, marks, lines, pause):
        if self.request.retries == 0 and lines % 2:
            raise RuntimeError("the first attempt fails")
        return super().run(marks=marks, lines=lines, pause=pause)

class Alone(Storm):
    class Meta:
        is_singleton = True
        when_busy = "wait"

    def run(self, *, marks, lines, pause):
        with open(Path(marks, "alone"), "a+") as holder:
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder.seek(0)
                other = holder.read().strip().splitlines()[-1:]
                Path(marks, f"{self.job_result.id}.beside").write_text("".join(other))
                raise
            holder.write(f"{self.job_result.id}\\n")
            holder.flush()
            return super().run(marks=marks, lines=lines, pause=pause)

jobs.register_jobs(Storm, Again, Alone)
"""
KINDS = ("Storm", "Again", "Alone")
ATTEMPTS = {"Storm": 1, "Again": 3, "Alone": 1}
"""How many each may have."""
KEYS = 20

KERNEL = f"""
import random, sys, time, jobnb
chance, marks, count = random.Random(int(sys.argv[1])), sys.argv[2], int(sys.argv[3])
results = []
for number in range(count):
    [kind] = chance.choices({KINDS}, [7, 2, 1])
    long = kind != "Alone" and chance.random() < 0.2
    lines, pause = (40, 50) if long else (chance.randrange(8), chance.randrange(20))
    options = {{"priority": chance.randrange(3)}}
    if chance.random() < 0.2:
        lines, pause, options["key"] = 4, 10, f"key {{chance.randrange({KEYS})}}"
    cancels, pauses = chance.random() < 0.1, chance.random() < 0.3
    try:
        job = jobnb.get_job(kind).options(**options)
        results.append(job.submit(marks=marks, lines=lines, pause=pause))
        if cancels:
            results[-1].cancel()
    except jobnb.JobnbError as error:
        print("refused", error, flush=True)
    if pauses:
        time.sleep(0.2)
for result in results:
    try:
        result.wait(60)
    except (jobnb.JobnbError, TimeoutError) as error:
        print("not awaited", error, flush=True)
"""
