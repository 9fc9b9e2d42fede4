"""The describer's children: each file breaks only itself, and questions get an answer in time."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobnb.catalogs.describing.describer import Describer
from jobnb.catalogs.describing.importing import Importer
from jobnb.catalogs.discovery import FolderSource, JobsCatalog
from jobnb.catalogs.growing import conversation
from jobnb.catalogs.growing.conversation import Conversation
from jobnb.catalogs.registry import Catalog
from jobnb.errors import CatalogError, ChildError, InvalidInput
from jobnb.protocol import FileProblem
from jobnb.settings import Settings, child_environment
from tests.catalogs.conftest import hasty
from tests.processes import SECONDS, eventually, is_alive

pytestmark = pytest.mark.cluster

HEAD = "import ctypes, os, sys, threading, time\nfrom jobnb import jobs\n"
TAIL = "\njobs.register_jobs()\n"

BROKEN = {
    "syntax": ("class X(jobs.Job:", r"line 3: invalid syntax: class X\(jobs\.Job:"),
    "missing": ("import no_such_thing", "line 3: ModuleNotFoundError: No module named 'no_such"),
    "raises": ("raise ValueError('a\\nb')", "line 3: ValueError: a b"),
    "silly": ("class E(Exception):\n def __str__(self): 1/0\nraise E", r"line 5: silly\.E.*failed"),
    "recursion": ("def f(): f()\nf()", "line 3: RecursionError"),
    "interrupt": ("raise KeyboardInterrupt", "line 3: KeyboardInterrupt"),
    "exits": ("sys.exit(4)", r"line 3: calls sys\.exit\(4\) at import"),
    "exits_plainly": ("sys.exit()", r"line 3: calls sys\.exit\(\) at import"),
    "refused": (
        "class X(jobs.Job):\n a = jobs.StringVar()\n def run(self): pass\njobs.register_jobs(X)",
        r"line 6: Job 'refused\.X': run\(\) has no argument 'a'",
    ),
    "subclass": (
        "class X(jobs.Job):\n def __init_subclass__(cls): raise TypeError('no')\nclass Y(X): pass",
        "line 4: TypeError: no",
    ),
    "circular": ("from circular import nothing", r"line 3: ImportError: cannot import name 'noth"),
    "dies": ("sys.stderr.write('bye\\n'); os._exit(3)", r"ended the process \(exit code 3\) when"),
    "crashes": (
        "ctypes.string_at(0)",
        r"was killed by SIGSEGV \(a crash in native code\) when it was imported",
    ),
    "hangs": ("while True: time.sleep(60)", "did not come to an end within 3 s when it was import"),
    "closes": (
        "os.closerange(3, 100)",
        "closed the pipe that belongs to jobnb when it was imported",
    ),
    "closes_and_stays": (
        "os.closerange(3, 100); time.sleep(60)",
        "closed the pipe that belongs to jobnb when it was imported",
    ),
    "scribbles": (
        "for fd in range(3, 64):\n try: os.write(fd, b'x' * 100)\n except OSError: pass",
        "wrote into the pipe that belongs to jobnb when it was imported",
    ),
    "forgetful": (
        "class A(jobs.Job):\n def run(self): pass\nclass B(jobs.Job):\n def run(self): pass\n",
        r"defines job A, B, but nobody registers it; add .*: jobs\.register_jobs\(A, B\)$",
    ),
    "forgetful_function": (
        "@jobs.job(hidden=True)\ndef report(a: int): pass\n",
        r"defines job report, but nobody registers it; add .*: jobs\.register_jobs\(report\)$",
    ),
    "json": ("", "would hide the standard module 'json'; rename it"),
    "pytest": ("", "would hide the installed package 'pytest'; rename it"),
    "two.dots": ("", "has a dot in its name"),
    "__init__": ("", "is not imported, as the jobs folder itself is no package"),
}

IN_NO_PACKAGE = (
    "lies in the folder plain/, which is no package, so that nothing imports it; "
    "add a file plain/__init__.py that does"
)

HARMLESS = {
    "prints": "print('x' * 100_000); os.write(1, b'y' * 300_000)",
    "starts_a_thread": "threading.Thread(target=time.sleep, args=(60,)).start()",
    "changes_the_path": "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))",
    "replaces_the_path": "sys.path = []",
    "moves_away": "os.chdir('/')",
    "forks": "os.fork()",
    "registers_twice": "class T(jobs.Job):\n def run(self): 0\njobs.register_jobs(T)\n"
    "jobs.register_jobs(T)",
    "silences": "sys.stdout = sys.stderr = None",
}

DEADLY_FOR_ALL = f"""{HEAD}
from jobnb.child.importing import describe
describe._forgotten_classes = lambda _module: os._exit(7)
{TAIL}"""

SLEEPER = """
import subprocess
sleeper = subprocess.Popen(["sleep", "600"])
open("{path}", "w").write(str(sleeper.pid))
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The catalog of one folder with all the files above, and good ones."""
    folder = tmp_path_factory.mktemp("hostile")
    root = folder / "jobs"
    root.mkdir()
    for name, (text, _message) in BROKEN.items():
        (root / f"{name}.py").write_text(HEAD + text + TAIL)
    for name, text in HARMLESS.items():
        (root / f"{name}.py").write_text(HEAD + text + TAIL)
    (root / "lib").mkdir()
    (root / "lib" / "hidden_helper.py").write_text("")
    (root / "bytes.py").write_bytes(b"from jobnb import jobs\n# caf\xe9\n")
    (root / "nul.py").write_bytes(b"x = 1\0")
    (root / "cookie.py").write_bytes(b"# coding: klingon\n")
    (root / "latin.py").write_bytes(b"# coding: latin-1\n# caf\xe9\n" + _good("Latin"))
    (root / "aaa_good.py").write_bytes(_good("First"))
    (root / "zzz_good.py").write_bytes(_good("Last"))
    settings = Settings(
        jobs_root=root, cache_dir=folder / "cache", describe_time_limit=3.0, answer_time_limit=3.0
    )
    catalog = JobsCatalog(settings.jobs_root, [FolderSource(settings, child_environment)])
    yield catalog.current()
    catalog.close()


def importer_of(catalog: JobsCatalog) -> Importer:
    """Who has the child that knows the jobs of the folder."""
    return catalog._sources["folder"]._described._describer._importer


def _good(name: str) -> bytes:
    text = f"class {name}(jobs.Job):\n def run(self): pass\njobs.register_jobs({name})\n"
    return (HEAD + text).encode()


def _problem(catalog: Catalog, file: str) -> FileProblem:
    (problem,) = (problem for problem in catalog.problems if problem.file == file)
    return problem


def test_broken_files_break_only_themselves(hostile: Catalog) -> None:
    assert sorted(hostile) == ["First", "Last", "Latin", "T"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_the_reason(name: str, hostile: Catalog) -> None:
    message = _problem(hostile, f"{name}.py").message

    assert re.match(BROKEN[name][1], message), message


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("bytes.py", "line 2: byte 0xe9 is no utf-8; save the file as UTF-8"),
        ("nul.py", "contains NUL bytes"),
        ("cookie.py", "unknown encoding: klingon; name another one in the first line"),
    ],
)
def test_a_file_that_is_no_text_is_named(file: str, message: str, hostile: Catalog) -> None:
    assert _problem(hostile, file).message.startswith(message)


@pytest.mark.parametrize("name", HARMLESS)
def test_an_odd_file_does_no_harm(name: str, hostile: Catalog) -> None:
    assert not [problem for problem in hostile.problems if problem.file == f"{name}.py"]


def test_the_traceback_has_the_authors_path_and_line_and_nothing_of_ours(hostile: Catalog) -> None:
    traceback = _problem(hostile, "raises.py").traceback

    assert traceback.splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{hostile.root}/raises.py", line 3, in <module>',
        r"    raise ValueError('a\nb')",
        "ValueError: a",
        "b",
    ]


def test_a_file_that_ends_the_process_is_shown_with_its_last_words(hostile: Catalog) -> None:
    assert _problem(hostile, "dies.py").traceback == "bye"


def test_the_last_words_are_not_those_of_another_file(jobs_catalog: JobsCatalog, write) -> None:
    write("a.py", HEAD + "os.write(2, b'all is well\\n')" + TAIL)
    write("b.py", HEAD + "os._exit(3)" + TAIL)

    (problem,) = jobs_catalog.current().problems

    assert (problem.file, problem.traceback) == ("b.py", "")


@pytest.mark.parametrize("name", ["crashes", "hangs"])
def test_where_a_file_crashed_or_hangs_is_shown(name: str, hostile: Catalog) -> None:
    lines = _problem(hostile, f"{name}.py").traceback.splitlines()

    assert lines[-1] == f'  File "{hostile.root}/{name}.py", line 3 in <module>'


# --- packages, helpers and data -------------------------------------------------------------------


def test_a_package_may_register_the_jobs_of_its_modules(jobs_catalog: JobsCatalog, write) -> None:
    write("pkg/__init__.py", "from pkg import sub\nsub.jobs.register_jobs(sub.Sub)")
    write("pkg/sub.py", HEAD + "from .helper import HELP\nclass Sub(jobs.Job):\n def run(self): 0")
    write("pkg/helper.py", "HELP = 1")

    catalog = jobs_catalog.current()

    assert (catalog["Sub"].class_path, catalog["Sub"].file) == ("pkg.sub.Sub", "pkg/sub.py")
    assert catalog.problems == ()


def test_another_file_may_register_a_job(jobs_catalog: JobsCatalog, write) -> None:
    write("a.py", HEAD + "class A(jobs.Job):\n def run(self): 0")
    write("b.py", "from a import A, jobs\njobs.register_jobs(A)")

    catalog = jobs_catalog.current()

    assert (catalog["A"].file, catalog.problems) == ("a.py", ())


def test_a_base_class_need_not_be_registered(jobs_catalog: JobsCatalog, write) -> None:
    write("a.py", HEAD + "class Base(jobs.Job):\n def run(self): 0")
    write("b.py", "from a import Base, jobs\nclass B(Base): pass\njobs.register_jobs(B)")

    catalog = jobs_catalog.current()

    assert (list(catalog), catalog.problems) == (["B"], ())


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "pkg/lost.py",
            "has jobs, but nobody imports it; add to pkg/__init__.py: from pkg import lost",
        ),
        ("plain/lost.py", IN_NO_PACKAGE),
        ("pkg.py", "is hidden by the folder pkg/ beside it; rename one of them"),
    ],
)
def test_a_file_that_nobody_imports_is_named(
    file: str, message: str, jobs_catalog: JobsCatalog, write
) -> None:
    write("pkg/__init__.py", "")
    write(file)

    catalog = jobs_catalog.current()

    assert [(problem.file, problem.message) for problem in catalog.problems] == [(file, message)]


def test_a_broken_module_of_a_package_is_named_itself(jobs_catalog: JobsCatalog, write) -> None:
    write("pkg/__init__.py", "from pkg import sub, broken")
    write("pkg/sub.py")
    write("pkg/broken.py", HEAD + "1 / 0" + TAIL)

    catalog = jobs_catalog.current()

    assert len(catalog) == 0
    assert [(p.file, p.message) for p in catalog.problems] == [
        ("pkg/broken.py", "line 3: ZeroDivisionError: division by zero")
    ]


def test_a_broken_helper_is_named_at_the_file_that_imports_it(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("helper.py", "1 / 0")
    write("a.py", HEAD + "import helper" + TAIL)

    (problem,) = jobs_catalog.current().problems

    assert (problem.file, problem.message) == (
        "a.py",
        "line 3: ZeroDivisionError: division by zero",
    )
    assert "helper.py" in problem.traceback


def test_a_file_that_imports_a_deadly_one_is_told_so_and_starts_no_further_child(
    jobs_catalog: JobsCatalog, write, starts
) -> None:
    write("a_deadly.py", HEAD + "os._exit(3)" + TAIL)
    write("b.py", HEAD + "import a_deadly" + TAIL)

    problems = jobs_catalog.current().problems

    assert problems[1].message == (
        "line 3: ImportError: module 'a_deadly' ended the process (exit code 3) "
        "when it was imported"
    )
    assert len(starts) == 2


def test_a_job_whose_file_fails_after_its_registration_is_no_job(
    jobs_catalog: JobsCatalog, write
) -> None:
    path = write("good.py")
    path.write_text(path.read_text() + "\n1 / 0\n")

    assert len(jobs_catalog.current()) == 0


def test_data_files_lie_beside_the_job(jobs_catalog: JobsCatalog, write) -> None:
    write("data/name.txt", "From Data")
    write(
        "good.py",
        """
        from pathlib import Path
        from jobnb import jobs

        class Good(jobs.Job):
            class Meta:
                name = (Path(__file__).parent / "data" / "name.txt").read_text()
            def run(self):
                pass

        jobs.register_jobs(Good)
        """,
    )

    assert list(jobs_catalog.current()) == ["From Data"]


def test_a_file_without_jobs_is_not_imported(
    jobs_catalog: JobsCatalog, write, tmp_path: Path
) -> None:
    write("script.py", f"open({str(tmp_path / 'ran')!r}, 'w')")

    jobs_catalog.current()

    assert not (tmp_path / "ran").exists()


def test_what_a_file_does_to_the_import_path_is_not_left_to_the_next(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("lib/hidden.py", "")
    write("a.py", HEAD + "sys.path.insert(0, os.path.dirname(__file__) + '/lib')" + TAIL)
    write("b.py", HEAD + "import hidden" + TAIL)

    assert [problem.file for problem in jobs_catalog.current().problems] == ["b.py"]


def test_the_author_folder_in_the_import_path_of_the_environment_hides_nothing(
    jobs_catalog: JobsCatalog, write, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    write("good.py")

    catalog = jobs_catalog.current()

    assert (list(catalog), catalog.problems) == (["Good"], ())


def test_relative_files_that_an_import_writes_land_neither_in_the_source_nor_here(
    jobs_catalog: JobsCatalog, write, root: Path, tmp_path: Path
) -> None:
    write("good.py", HEAD + "open('litter', 'w')" + TAIL)

    jobs_catalog.current()

    assert not list(tmp_path.rglob("litter"))
    assert not Path("litter").exists()


# --- questions ------------------------------------------------------------------------------------

STUBBORN = """
import os, time
from jobnb import jobs

class Stubborn(jobs.StringVar):
    def clean(self, raw):
        {deed}
        return super().clean(raw)

class Job(jobs.Job):
    who = Stubborn()
    def run(self, who): pass

jobs.register_jobs(Job)
"""


@pytest.fixture
def ask(jobs_catalog: JobsCatalog, write):
    """Asks a job whose variable does something while it cleans."""

    def ask_job(deed: str, **inputs: object):
        write("stubborn.py", STUBBORN.replace("{deed}", deed))
        return jobs_catalog.clean(jobs_catalog.current()["Job"], inputs).inputs

    return ask_job


def test_what_a_job_prints_while_it_cleans_disturbs_nothing(ask) -> None:
    assert ask("print('x' * 1_000_000)", who="you") == {"who": "you"}


def test_large_inputs_come_back_whole(ask) -> None:
    text = "ä" * 3_000_000

    assert ask("pass", who=text) == {"who": text}


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("os._exit(5)", r"the code of input 'who' ended the process \(exit code 5\)"),
        ("raise LookupError('gone')", "LookupError: gone"),
        ("raise SystemExit(2)", "SystemExit: 2"),
    ],
)
def test_a_job_that_cannot_clean_is_named_with_the_reason(deed: str, message: str, ask) -> None:
    with pytest.raises(ChildError, match=f"Job 'Job' cannot check its inputs: {message}"):
        ask(deed, who="you")


@hasty
def test_a_job_that_cleans_for_ever_is_named_with_the_limit(ask) -> None:
    with pytest.raises(ChildError, match="the code of input 'who' did not come to an end within 2"):
        ask("time.sleep(60)", who="you")


@pytest.mark.parametrize("time_limit", [3.0])
def test_the_time_of_a_question_is_that_of_all_its_inputs(jobs_catalog: JobsCatalog, write) -> None:
    inputs = "\n    ".join(f"i{n} = Stubborn()" for n in range(4))
    slow = STUBBORN.replace("{deed}", "time.sleep(1.2)").replace("who = Stubborn()", inputs)
    write("stubborn.py", slow.replace("self, who", "self, **inputs"))
    job = jobs_catalog.current()["Job"]

    with pytest.raises(ChildError, match=r"the code of input 'i[12]' did not come to an end"):
        jobs_catalog.clean(job, {f"i{n}": "x" for n in range(4)})


def test_after_a_deadly_question_the_next_one_is_answered(ask, jobs_catalog: JobsCatalog) -> None:
    with pytest.raises(ChildError):
        ask("os._exit(5) if raw == 'die' else None", who="die")
    job = jobs_catalog.current()["Job"]

    assert jobs_catalog.clean(job, {"who": "you"}).inputs == {"who": "you"}


def test_an_idle_child_that_died_is_replaced(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]
    child = importer_of(jobs_catalog)._talk._child
    os.kill(child.pid, signal.SIGKILL)
    eventually(child.has_exited)

    assert jobs_catalog.clean(job, {"who": "you"}).inputs == {"who": "you"}
    assert importer_of(jobs_catalog)._talk._child.pid != child.pid


def test_a_template_that_died_is_replaced_with_the_child_out_of_it(
    jobs_catalog: JobsCatalog, write, starts
) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]
    template = importer_of(jobs_catalog)._template[0].talk._child
    for child in (
        template,
        importer_of(jobs_catalog)._talk._child,
    ):
        os.kill(child.pid, signal.SIGKILL)
        eventually(child.has_exited)

    assert jobs_catalog.clean(job, {"who": "you"}).inputs == {"who": "you"}
    assert len(starts) == 2


@pytest.mark.parametrize("strange", [b"bytes", object, 1j, (x for x in ())])
def test_a_value_that_cannot_travel_is_a_complaint_beside_the_others(
    strange: object, jobs_catalog: JobsCatalog, write
) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]

    with pytest.raises(InvalidInput) as caught:
        jobs_catalog.clean(job, {"who": strange, "wo": 1})

    assert list(caught.value.problems) == ["who", "wo"]
    assert f"of type {type(strange).__qualname__!r} can" in caught.value.problems["who"][0]
    assert caught.value.job == "Good"


def test_a_job_that_is_gone_is_named(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]
    write("good.py", name="Better")
    jobs_catalog.current()

    with pytest.raises(ChildError, match=r"there is no job good\.Good any more"):
        jobs_catalog.clean(job, {})


def test_many_threads_may_ask_at_once(jobs_catalog: JobsCatalog, write) -> None:
    write("good.py")
    answers: dict[int, object] = {}

    def ask_number(number: int) -> None:
        job = jobs_catalog.current()["Good"]
        answers[number] = jobs_catalog.clean(job, {"who": str(number)}).inputs

    threads = [threading.Thread(target=ask_number, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert answers == {number: {"who": str(number)} for number in range(8)}


def test_a_child_that_dies_while_nothing_is_imported_is_an_error_of_the_whole(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("good.py", DEADLY_FOR_ALL)

    with pytest.raises(CatalogError, match=r"ended the process \(exit code 7\)"):
        jobs_catalog.current()


def test_after_an_error_of_the_whole_the_old_files_are_described_anew(
    jobs_catalog: JobsCatalog, write
) -> None:
    write("good.py")
    jobs_catalog.current()
    write("good.py", DEADLY_FOR_ALL)
    with pytest.raises(CatalogError):
        jobs_catalog.current()
    write("good.py")

    job = jobs_catalog.current()["Good"]

    assert jobs_catalog.clean(job, {"who": "you"}).inputs == {"who": "you"}


def test_an_interrupted_question_leaves_no_child_that_is_busy_with_it(
    jobs_catalog: JobsCatalog, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("good.py")
    job = jobs_catalog.current()["Good"]
    child = importer_of(jobs_catalog)._talk._child
    with monkeypatch.context() as patch:
        patch.setattr(Conversation, "hear", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            jobs_catalog.clean(job, {"who": "you"})

    assert jobs_catalog.clean(job, {"who": "you"}).inputs == {"who": "you"}
    assert not is_alive(child.pid)


def _interrupted(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_child_that_closes_its_output_is_waited_for_without_a_busy_loop(
    jobs_catalog: JobsCatalog, write, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    original = conversation._read
    monkeypatch.setattr(conversation, "_read", lambda fd: (reads.append(fd), original(fd))[1])
    write("good.py", HEAD + "os.closerange(1, 3); time.sleep(0.3)" + TAIL)

    jobs_catalog.current()

    assert len(reads) < 100


def test_a_child_whose_parent_is_gone_ends_with_all_that_it_has_started(
    jobs_catalog: JobsCatalog, write, tmp_path: Path
) -> None:
    write("good.py", HEAD + SLEEPER.format(path=tmp_path / "pid") + TAIL)
    jobs_catalog.current()
    child = importer_of(jobs_catalog)._talk._child

    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), child._ends.orders)

    assert child._leader.reap(10)
    assert child._leader.exit_code == -signal.SIGKILL
    assert eventually(lambda: not is_alive(int((tmp_path / "pid").read_text())))


def test_closing_ends_the_child_and_what_its_imports_have_started(
    jobs_catalog: JobsCatalog, write, tmp_path: Path
) -> None:
    write("good.py", HEAD + SLEEPER.format(path=tmp_path / "pid") + TAIL)
    jobs_catalog.current()
    pid = int((tmp_path / "pid").read_text())

    jobs_catalog.close()

    assert eventually(lambda: not is_alive(pid))


def test_a_child_that_cannot_be_started_is_an_error_and_leaves_nothing(
    jobs_catalog: JobsCatalog, write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    write("good.py")

    with pytest.raises(ChildError, match="No child process could be started"):
        jobs_catalog.current()

    assert list((tmp_path / "temporary").iterdir()) == []


def test_nothing_is_started_before_the_first_question() -> None:
    Describer(
        memory_limit=0,
        import_limit=1.0,
        answer_limit=1.0,
        environment=lambda: pytest.fail("a child was started"),
    ).close()


def test_what_python_says_of_a_circle_names_the_authors_own_file(jobs_catalog, write, root) -> None:
    write("one.py", "from two import Two\nfrom jobnb import jobs\njobs.register_jobs()")
    write("two.py", "from one import One\nTwo = 2")

    (problem,) = jobs_catalog.current().problems

    assert problem.message.endswith(f"(most likely due to a circular import) ({root}/one.py)")
    assert "snapshots" not in problem.traceback
