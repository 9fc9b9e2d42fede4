"""Runs that are forks of a process which has imported their files: what is made new, who is not
forked, and what becomes of them when that process ends."""

from __future__ import annotations

import os
import textwrap

import psutil
import pytest

from jobnb.catalogs.growing import nursery
from jobnb.catalogs.growing.nursery import NURSERY, Care
from jobnb.catalogs.growing.templates import Template
from jobnb.child import forks
from jobnb.protocol import EntryKind, Reason, Status
from tests.processes import eventually, is_alive, kill

pytestmark = pytest.mark.cluster

HEAD = "import os, random, socket, sqlite3, subprocess, sys, tempfile, threading, time, uuid\n"
HEAD += "import logging, multiprocessing\nfrom jobnb import jobs\n"

TAIL = """
class Probe(jobs.Job):
    def run(self):
        return os.getppid()

jobs.register_jobs(Probe)
"""

HEAVY = """
KEPT = os.urandom(2 * 8 * 1024 * 1024)

class Heavy(jobs.Job):
    def run(self):
        return os.getppid()

jobs.register_jobs(Heavy)
"""

UNFIT = {
    "threading.Thread(target=time.sleep, args=(60,), daemon=True, name='pulse').start()": (
        "probe has started a thread (pulse) at its import"
    ),
    "kept = socket.socket()": "probe has socket:",
    "kept = sqlite3.connect(tempfile.gettempdir() + '/jobnb-probe.sqlite3'); "
    "kept.execute('create table if not exists a (b)')": "jobnb-probe.sqlite3 open for writing",
    "kept = subprocess.Popen(['sleep', '60'])": "probe has started a process at its import",
    "kept = tempfile.TemporaryDirectory()": "probe made the temporary ",
    "kept = multiprocessing.get_context('fork').Lock()": "probe shares memory (",
    "os.close(2)": "probe has closed a descriptor",
    "import signal; signal.alarm(60)": "probe has set a timer",
    "os.nice(1)": "probe has changed the limits or the priority",
}

SPEAKS = """
import atexit, decimal, logging.config, os, sys, time, warnings
from jobnb import jobs

class {0}(jobs.Job):
    def run(self):
        logging.getLogger("lib").warning("lib")
        self.logger.info("logged")
        print("printed")
        warnings.warn("warned")
        return [str(decimal.Decimal(1) / 3), sys.getrecursionlimit(), time.strftime("%Z")]

jobs.register_jobs({0})
"""

SETS = (
    "logging.disable(logging.WARNING)",
    "logging.basicConfig(level='ERROR', force=True)",
    "logging.getLogger('lib').setLevel('ERROR')",
    "logging.getLogger().handlers[0].setLevel('ERROR')",
    "logging.config.dictConfig({'version': 1, 'root': {'handlers': [], 'level': 'ERROR'}})",
    "warnings.simplefilter('error')",
    "decimal.getcontext().prec = 5; sys.setrecursionlimit(500)",
    "sys.stdout = None",
    "os.environ['TZ'] = 'JST-9'; time.tzset()",
    "atexit.register(print, 'bye')",
)


@pytest.fixture
def probe(project, bench):
    """Writes a job file and gives its job."""

    def write(head: str, body: str = TAIL):
        project.write("probe.py", HEAD + textwrap.dedent(head) + "\n" + textwrap.dedent(body))
        return bench.get_job("Probe")

    return write


def is_cold(result) -> bool:
    return result.value == os.getpid()


def template() -> psutil.Process:
    """The one that this process has."""
    return psutil.Process(the_template().talk._child.pid)


def the_template() -> Template:
    (bed,) = [bed for bed in NURSERY._beds if bed.template is not None]
    return bed.template


def spares() -> list[int]:
    """Process ids of the forks that wait for the next runs, in their order."""
    door = the_template().door
    with door._lock:
        door._catch_up()
        return [fork.pid for fork in door._spares]


def spare() -> int:
    """The only one of them."""
    (pid,) = spares()
    return pid


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", UNFIT, ids=[text[:20] for text in UNFIT])
def test_a_file_that_cannot_be_forked_gets_a_process_of_its_own_and_the_reason(probe, code):
    result = probe(code).run()
    first = result.log[0]

    assert is_cold(result)
    assert (first.level, first.message[:25]) == ("DEBUG", "Not forked from a templat")
    assert UNFIT[code] in first.message


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestForked:
    """Runs in a process that was forked."""

    def test_a_job_may_say_that_it_is_not_to_be_forked(self, probe):
        result = probe("", TAIL.replace("def run", "class Meta: fork = False\n    def run")).run()

        assert is_cold(result)
        assert result.log[0].message == "Not forked from a template: Meta.fork is False."

    def test_nothing_is_said_of_a_fork(self, probe):
        result = probe("").run()

        assert not is_cold(result)
        assert [entry.message for entry in result.log] == ["Running job", "Job completed"]

    def test_each_run_has_its_own_random_numbers_names_and_places_in_files(self, probe):
        body = """
        random.seed(1)
        kept = open(__file__)
        kept.readline()

        class Probe(jobs.Job):
            def run(self):
                key = bytes(multiprocessing.current_process().authkey).hex()
                numbers = [random.random(), str(uuid.uuid4()), tempfile.mktemp(), key]
                return numbers, kept.readline(), logging.makeLogRecord({}).process

        jobs.register_jobs(Probe)
        """
        job = probe("", body)
        (numbers, line, pid), (others, other_line, other_pid) = job.run().value, job.run().value

        assert not set(numbers) & set(others)
        assert line == other_line != ""
        assert pid != other_pid

    def test_what_a_file_says_at_its_import_is_in_the_log_of_each_run(self, probe):
        head = """
        print("printed")
        logging.getLogger(__name__).debug("logged")
        logging.basicConfig(level="INFO", stream=sys.stdout)
        """
        job = probe(head)
        logs = [[entry.message for entry in job.run().log] for _ in range(2)]

        assert logs[0][:3] == ["printed", "logged", "Running job"]
        assert logs[0] == logs[1]

    def test_what_a_file_does_to_its_process_holds_for_its_own_runs_alone(self, project, bench):
        body = """
        class {0}(jobs.Job):
            def run(self):
                return "/nowhere" in sys.path, os.environ.get("MARK"), os.getcwd() == "/"

        jobs.register_jobs({0})
        """
        marks = "sys.path.append('/nowhere'); os.environ['MARK'] = 'x'; os.chdir('/')\n"
        project.write("a.py", HEAD + marks + textwrap.dedent(body.format("First")))
        project.write("b.py", HEAD + textwrap.dedent(body.format("Second")))

        assert bench.get_job("First").run().value == [True, "x", True]
        assert bench.get_job("Second").run().value == [False, None, False]

    @pytest.mark.parametrize("code", SETS)
    def test_what_a_file_sets_for_all_of_python_holds_for_its_own_runs_alone(
        self, project, bench, code
    ):
        project.write("a.py", SPEAKS.format("First") + code)
        project.write("b.py", SPEAKS.format("Second"))

        with project.open(templates=0) as cold:
            expected = _outcomes(cold)

        assert _outcomes(bench) == expected

    def test_several_files_may_say_how_processes_are_started(self, project, bench):
        for name, way in (("First", "spawn"), ("Second", "fork"), ("Third", "spawn")):
            body = TAIL.replace("Probe", name).replace("os.getppid()", "WAY()")
            head = f"multiprocessing.set_start_method('{way}')\n"
            head += "WAY = multiprocessing.get_start_method\n"
            project.write(f"{name.lower()}.py", HEAD + head + body)

        values = [bench.get_job(name).run().value for name in ("First", "Second", "Third")]

        assert values == ["spawn", "fork", "spawn"]

    @pytest.mark.parametrize(
        "made",
        [
            "sys.stdout = kept = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')",
            "kept = open(1, 'w', closefd=False)",
        ],
    )
    def test_what_a_stream_that_was_made_at_the_import_has_buffered_is_kept(self, probe, made):
        body = TAIL.replace("return", "print('buffered', file=kept)\n        return")
        result = probe(f"import io\n{made}", body).run()

        assert not is_cold(result)
        assert "buffered" in [entry.message for entry in result.log]

    def test_each_file_finds_what_one_has_left_that_several_import(self, project, bench):
        marks = "os.environ['MARK'] = 'x'; sys.path.append('/nowhere'); print('common')\n"
        project.write("common.py", "import os, sys\n" + marks)
        project.write("between.py", "import common\nprint('between')\n")
        body = """
        {1}
        MARK = os.environ["MARK"]

        class {0}(jobs.Job):
            def run(self):
                return MARK, os.environ.get("MARK"), "/nowhere" in sys.path

        jobs.register_jobs({0})
        """
        by_name = "import importlib; importlib.import_module('common')"
        imports = ["import common", "import between", "from common import os", "import a", by_name]
        for name, code in zip("ABCDE", imports, strict=True):
            text = textwrap.dedent(body.format(name, code))
            project.write(f"{name.lower()}.py", HEAD + text)
        results = [bench.get_job(name).run() for name in "ABCDE"]
        said = [
            [e.message for e in result.log if e.kind is EntryKind.CONSOLE] for result in results
        ]

        assert not bench.catalog().problems
        assert [result.value for result in results] == [["x", "x", True]] * 5
        assert said == [["common"], ["common", "between"], ["common"], ["common"], ["common"]]

    def test_what_is_imported_in_a_run_leaves_there_what_it_left_elsewhere(self, project, bench):
        project.write("common.py", "import os\nos.environ['MARK'] = 'x'\nprint('common')\n")
        project.write("a.py", HEAD + "import common\n" + TAIL)
        body = """
        class Late(jobs.Job):
            def run(self):
                before = os.environ.get("MARK")
                import common
                return before, os.environ.get("MARK")

        jobs.register_jobs(Late)
        """
        project.write("b.py", HEAD + textwrap.dedent(body))
        result = bench.get_job("Late").run()

        assert result.value == [None, "x"]
        assert [entry.message for entry in result.log][1:2] == ["common"]

    def test_a_handler_that_a_file_sets_stays(self, probe):
        body = """
        import signal
        signal.signal(signal.SIGTERM, lambda *_: None)

        class Probe(jobs.Job):
            def run(self):
                return signal.getsignal(signal.SIGTERM).__name__, signal.alarm(0)

        jobs.register_jobs(Probe)
        """
        assert probe("", body).run().value == ["<lambda>", 0]

    def test_a_run_after_the_death_of_the_template_does_without_it(self, probe):
        job = probe("")
        job.run()
        killed = the_template()
        kill(killed.talk._child.pid)
        eventually(lambda: killed.is_over)  # until then a fork that waits may still be taken
        result = job.run()

        assert is_cold(result)

    @pytest.mark.parametrize(("end", "status"), [("0", "SUCCESS"), ("os._exit(3)", "FAILURE")])
    def test_a_run_outlives_the_template_and_has_a_true_end(self, probe, end, status, tmp_path):
        body = f"""
        class Probe(jobs.Job):
            def run(self):
                os.mkdir({str(tmp_path / "begun")!r})
                while not os.path.exists({str(tmp_path / "go")!r}):
                    time.sleep(0.01)
                {end}

        jobs.register_jobs(Probe)
        """
        result = probe("", body).submit()
        eventually((tmp_path / "begun").exists)
        kill(template().pid)
        (tmp_path / "go").touch()
        result.wait()

        assert result.status == Status(status)
        if status == "FAILURE":
            assert result.reason is Reason.EXIT_CODE
            assert "exit code unknown" in result.detail

    def test_a_signal_that_kills_a_run_is_told_by_name(self, probe):
        body = TAIL.replace("return os.getppid()", "os.kill(os.getpid(), 11)")
        result = probe("", body).options(check=False).run()

        assert (result.reason, "SIGSEGV" in result.detail) == (Reason.SIGNAL, True)

    def test_an_edited_file_gets_another_template_and_the_old_one_ends(self, probe):
        probe("").run()
        old = template().pid
        probe("VERSION = 2").run()

        eventually(lambda: not is_alive(old))
        assert template().pid != old

    def test_a_template_that_nobody_uses_ends(self, probe, bench):
        job = probe("")
        job.run()
        pid = template().pid
        bench._parts._jobs.close()  # or the child that answers questions would use it
        NURSERY.tidy(Care(4, 0.0, 1.0))

        eventually(lambda: not is_alive(pid))

    def test_a_run_works_in_a_fork_that_was_made_ahead_of_it(self, probe):
        job = probe("", TAIL.replace("os.getppid()", "os.getpid(), os.listdir(), os.getsid(0)"))
        job.run()
        ready = spare()

        assert job.run().value == [ready, [], ready]

    def test_as_many_forks_are_ready_as_runs_work_at_once(self, project, probe, monkeypatch):
        monkeypatch.setattr(forks, "MOST_SPARES", 3)
        body = TAIL.replace(
            "return os.getppid()",
            f"""self.logger.info("here")
        while not os.path.exists({str(project.root / "go")!r}):
            time.sleep(0.01)
        return os.getpid()""",
        )
        job = probe("", body)
        first = [job.submit() for _ in range(2)]
        eventually(lambda: all("here" in [e.message for e in one.log] for one in first))
        ready = spares()
        (project.root / "go").touch()
        for one in first:
            one.wait()
        next_ones = [job.run().value for _ in range(2)]

        assert len(ready) == 2
        assert next_ones == ready

    def test_a_fork_that_died_before_its_run_is_replaced(self, probe):
        job = probe("")
        job.run()
        ready = spare()
        kill(ready)
        eventually(lambda: not is_alive(ready))

        assert job.run().value == template().pid

    def test_no_fork_waits_for_long(self, probe, monkeypatch):
        job = probe("")
        job.run()
        ready = spare()
        monkeypatch.setattr(nursery, "SPARE_LIFE", 0.0)
        NURSERY.tidy(Care(4, 60.0, 1.0))

        assert not is_alive(ready)
        assert job.run().value == template().pid

    def test_a_fork_that_took_its_leave_does_not_stay_a_zombie(self, probe, monkeypatch):
        job = probe("")
        pids = {job.run().value, template().pid}  # the second run is forked from the same one
        monkeypatch.setattr(nursery, "SPARE_LIFE", 0.0)
        NURSERY.tidy(Care(4, 60.0, 1.0))

        assert pids == {template().pid}
        eventually(lambda: not _zombies_below(template()))

    def test_a_fork_that_waits_ends_with_its_template(self, probe):
        probe("").run()
        ready = spare()
        probe("VERSION = 2").run()

        eventually(lambda: not is_alive(ready))

    def test_a_file_that_runs_often_beside_a_heavy_one_gets_a_template_of_its_own(
        self, project, bench, probe
    ):
        project.write("heavy.py", HEAD + HEAVY)
        job, heavy = probe(""), bench.get_job("Heavy")
        common = heavy.run().value
        eventually(lambda: job.run().value != common)
        own = job.run().value

        assert [job.run().value, heavy.run().value] == [own, common]
        assert own != common

    def test_what_other_files_import_does_not_count_for_a_limit_of_memory(
        self, project, bench, probe
    ):
        project.write("heavy.py", HEAD + HEAVY.replace("2 * 8", "16 * 8"))
        body = TAIL.replace("def run", "class Meta: memory_limit = '80 MiB'\n    def run")
        job = probe("", body.replace("return", "time.sleep(0.6)\n        return"))
        first = job.run()
        eventually(lambda: not is_cold(job.run()))

        assert is_cold(first)
        assert "its memory is limited" in first.log[0].message

    def test_a_job_that_another_file_registers_stays_with_the_template_that_knows_it(
        self, project, bench, probe
    ):
        project.write(
            "heavy.py", HEAD + HEAVY + "\nimport probe\njobs.register_jobs(probe.Probe)\n"
        )
        job = probe("", TAIL.replace("jobs.register_jobs(Probe)", ""))
        (bed,) = [bed for bed in NURSERY._beds if bed.template is not None]
        eventually(lambda: job.run().value and bed.heavy)

        assert job.run().value == template().pid

    def test_a_change_of_the_environment_is_seen_by_the_next_run(self, probe, monkeypatch):
        body = TAIL.replace("os.getppid()", "MARK").replace(
            "class", "MARK = os.getenv('MARK')\nclass", 1
        )
        job = probe("", body)
        before = job.run().value
        monkeypatch.setenv("MARK", "new")

        assert (before, job.run().value) == (None, "new")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_a_worker_the_second_run_is_a_fork_and_all_end_with_the_worker(project, cluster):
    body = """
    class Probe(jobs.Job):
        def run(self):
            self.logger.info("%d %d", os.getpid(), os.getppid())
            while os.path.exists("/proc/self") and not self.is_quick:
                time.sleep(0.1)

        is_quick = True

    class Slow(Probe):
        is_quick = False

    jobs.register_jobs(Probe, Slow)
    """
    project.write("probe.py", HEAD + textwrap.dedent(body))
    worker = cluster.add_worker()

    def parent(entries) -> int:
        (line,) = [e.message for e in entries if e.kind is EntryKind.LOG and e.grouping == "run"]
        return int(line.split()[1])

    with project.open(scheduler=cluster.address) as bench:
        job = bench.get_job("Probe")
        eventually(lambda: parent(job.run().log) != worker.pid)
        slow = bench.get_job("Slow").submit()
        pid, above = map(int, eventually(lambda: _said(slow)).split())
        forks = [fork.pid for fork in psutil.Process(above).children()]
        kill(worker.pid)

        assert above != worker.pid
        assert len(forks) > 1, "one waits for the next run"
        eventually(lambda: not any(map(is_alive, [pid, above, *forks])), 3)


def _outcomes(bench) -> list:
    """How two runs of two jobs that speak went, and what they said."""
    outcomes = []
    for name in ("First", "Second") * 2:
        result = bench.get_job(name).options(check=False).run()
        value = result.value if result.status is Status.SUCCESS else result.detail
        outcomes.append((value, [(entry.level, entry.message) for entry in result.log]))
    return outcomes


def _zombies_below(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if child.status() == psutil.STATUS_ZOMBIE]


def _said(result) -> str:
    return next((entry.message for entry in result.log if entry.grouping == "run"), "")
