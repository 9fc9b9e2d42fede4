"""Settings: read once, here; the only reader of the environment and of the configuration file.

Order: argument, environment (``JOBNB_DATABASE_URL`` ...), file, default. The file is
``jobnb.toml``, or ``[tool.jobnb]`` in ``pyproject.toml``, in the project root: the nearest folder
going up from the working directory that has ``.git``, ``pyproject.toml`` or ``jobnb.toml``.
Durations are seconds, sizes are bytes.
"""

from __future__ import annotations

import getpass
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path, user_state_path

from jobnb.errors import ConfigurationError
from jobnb.protocol.patterns import DEFAULT_PATTERNS, Pattern, read_patterns

PREFIX: Final = "JOBNB_"
_OURS: Final = (PREFIX, "DASK_")
"""What a job has no business to see: our database and the address of the cluster."""

DISPLAYS: Final = ("auto", "widget", "html", "plain")


def _setting(text: str, default: Any = MISSING, **more: Any) -> Any:
    """A field that carries its own documentation, as ``metadata["doc"]``."""
    if default is not MISSING:
        more["default"] = default
    return field(metadata={"doc": text}, **more)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, with its default."""

    jobs_root: Path = _setting("Folder of the job files.", Path("jobs"))
    database_url: str | None = _setting(
        "SQLAlchemy URL of the database. None: SQLite in `.jobnb/` beside the jobs folder.", None
    )
    scheduler: str | None = _setting(
        "Address of a Dask scheduler, as `tcp://host:8786`. None: a cluster in this process.", None
    )
    workers: int = _setting(
        "How many runs the default cluster works on at once.",
        default_factory=lambda: max(2, os.cpu_count() or 2),
    )
    user: str = _setting("Who starts and cancels runs.", default_factory=getpass.getuser)
    display: str = _setting(f"How runs are shown: one of {', '.join(DISPLAYS)}.", "auto")
    colour: bool = _setting("Whether a terminal is shown colours.", default=True)
    state_dir: Path = _setting(
        "Lock files of workers, and the database where the jobs folder cannot hold it.",
        default_factory=lambda: user_state_path("jobnb"),
    )
    cache_dir: Path = _setting(
        "Unpacked snapshots; may be deleted when nothing runs.",
        default_factory=lambda: user_cache_path("jobnb"),
    )
    enable_new_jobs: bool | None = _setting(
        "Whether a new job may run at once. None: yes on SQLite, no on a server database.", None
    )
    describe_time_limit: float = _setting("Seconds that importing one job file may take.", 30.0)
    answer_time_limit: float = _setting(
        "Seconds that a job may take to check inputs, to find choices or to search objects.", 10.0
    )
    describe_memory_limit: int = _setting(
        "Bytes that importing the job files of one place may take. 0: any.", 2 * 1024**3
    )
    sync_time_limit: float = _setting(
        "Seconds that one command of git may take when a repository is synced.", 300.0
    )
    templates: int = _setting(
        "How many processes that have imported job files are kept, to fork runs from. 0: none.", 4
    )
    template_idle: float = _setting("Seconds until one that nobody uses ends.", 600.0)
    beat_interval: float = _setting("Seconds between two beats of a worker process.", 5.0)
    lost_after: float = _setting(
        "Seconds without a beat, on the observer's own clock, until a run is LOST.", 30.0
    )
    queue_timeout: float | None = _setting(
        "Seconds for which the queue of a waiting run may be without any worker. None: for ever.",
        None,
    )
    cancel_poll: float = _setting("Seconds between two looks for cancelled runs.", 0.25)
    cancel_grace: float = _setting(
        "Seconds a cancelled job has to end by itself, and again after SIGTERM.", 5.0
    )
    exit_grace: float = _setting(
        "Seconds that threads of a job may take to end after it has; after a stop it is 1 at most.",
        10.0,
    )
    upload_limit: int = _setting("Bytes of one file that is given to a job.", 100 * 1024 * 1024)
    soft_time_limit: float = _setting(
        "Seconds until `SoftTimeLimitExceeded` is raised in a job that says nothing. 0: never.", 0.0
    )
    time_limit: float = _setting("Seconds until a job that says nothing is ended. 0: never.", 0.0)
    memory_limit: int = _setting(
        "Bytes that all processes of a job may have resident if it says nothing. 0: any.", 0
    )
    max_entries: int = _setting(
        "Entries that the log of a job may have if it says nothing. 0: any number.", 1_000_000
    )
    max_output: int = _setting(
        "Bytes that its messages may have together. 0: any.", 512 * 1024 * 1024
    )
    sanitizer_patterns: tuple[Pattern, ...] = _setting(
        "Pairs of a regular expression and a template, for what is hidden in logs and tracebacks.",
        DEFAULT_PATTERNS,
    )
    file_limit: int = _setting("Bytes of one file of `create_file()`.", 10 * 1024 * 1024)
    value_limit: int = _setting("Bytes of a return value as JSON.", 10 * 1024 * 1024)
    display_limit: int = _setting("Bytes of one rich output: a table, a figure.", 2 * 1024 * 1024)
    summary_limit: int = _setting(
        "Bytes that a saved notebook keeps of a run: its newest lines, tables and figures.", 46_000
    )
    snapshot_limit: int = _setting("Bytes of all files in the jobs folder.", 32 * 1024 * 1024)
    snapshot_files: int = _setting("Number of files in the jobs folder.", 5000)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Setting to where its value came from; those at their default are not in it."""

    def __post_init__(self) -> None:
        if self.display not in DISPLAYS:
            raise ConfigurationError(
                f"Setting 'display' must be one of {', '.join(DISPLAYS)}, not {self.display!r}."
            )
        self._check_signs()
        if self.lost_after < 2 * self.beat_interval:
            raise ConfigurationError(
                f"Setting 'lost_after' ({self.lost_after:g} s) must be at least twice "
                f"'beat_interval' ({self.beat_interval:g} s), or a single late beat loses a run."
            )

    def _check_signs(self) -> None:
        for name in ("workers", "beat_interval", "lost_after", "cancel_poll"):
            if getattr(self, name) <= 0:
                raise ConfigurationError(f"Setting {name!r} must be above 0.")
        if self.queue_timeout is not None and not self.queue_timeout > 0:
            raise ConfigurationError("Setting 'queue_timeout' must be above 0.")
        for name in ("soft_time_limit", "time_limit", "memory_limit", "max_entries", "max_output"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"Setting {name!r} must be 0 (no limit) or above.")
        for name in ("templates", "template_idle"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"Setting {name!r} must be 0 or above.")


_FIELDS: Final[dict[str, Field[Any]]] = {
    item.name: item for item in fields(Settings) if item.name != "sources"
}


def load_settings(
    arguments: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings for this process.

    Args:
        arguments: What ``jobnb.configure()`` was given; None values count as not given.
        environment: Instead of the process's own environment.
        folder: Where to start looking for the file and the jobs; the working directory if None.

    Raises:
        ConfigurationError: A key is unknown or a value cannot be used; the message says from where.
    """
    environment = os.environ if environment is None else environment
    folder = (folder or Path.cwd()).resolve()
    root = project_root(folder)
    layers = [
        *_file_layers(root),
        ("environment", _from_environment(environment), folder),
        ("argument", {k: v for k, v in (arguments or {}).items() if v is not None}, folder),
    ]
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for origin, layer, base in layers:
        for key, raw in layer.items():
            values[key] = _convert(key, raw, origin, base)
            sources[key] = origin
    values.setdefault("jobs_root", find_jobs_root(folder))
    return Settings(**values, sources=sources)


def project_root(folder: Path) -> Path:
    """The nearest folder going up that looks like a project; ``folder`` itself if none does."""
    home = Path.home()
    for candidate in (folder, *folder.parents):
        if any((candidate / mark).exists() for mark in (".git", "pyproject.toml", "jobnb.toml")):
            return candidate
        if candidate == home:
            break
    return folder


def find_jobs_root(folder: Path) -> Path:
    """The nearest ``jobs/`` going up, but not above the project root.

    If there is none it is the one that should be there: ``jobs/`` in the project root.
    """
    root = project_root(folder)
    for candidate in (folder, *folder.parents):
        if (candidate / "jobs").is_dir():
            return candidate / "jobs"
        if candidate == root:
            break
    return root / "jobs"


def is_page_of_server() -> bool:
    """Whether this process is a kernel whose notebook is shown by the Jupyter server's own page.

    The server says so in the environment of its kernels; nbclient and papermill do not. VS Code at
    a server that is elsewhere is known by the name that it gives to its sessions.
    """
    session = os.environ.get("JPY_SESSION_NAME", "")
    is_elsewhere = "VSCODE_PID" in os.environ or "google.colab" in sys.modules
    return bool(session) and "-jvsc-" not in session and not is_elsewhere


def child_environment() -> dict[str, str]:
    """This process's environment, now, without what is ours: no database, no cluster."""
    # By its private name: whoever asks for it in public gets every variable decoded, at each run.
    return dict(_kept_of(tuple(os.environ._data.items())))  # type: ignore[attr-defined]  # noqa: SLF001


@lru_cache(1)
def _kept_of(environment: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    decoded = {os.fsdecode(name): os.fsdecode(value) for name, value in environment}
    kept = {name: value for name, value in decoded.items() if not name.startswith(_OURS)}
    # What Jupyter sets to keep its kernel's output plain or coloured says nothing about a pipe.
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        kept.pop(name, None)
    if kept.get("MPLBACKEND", "module:").startswith("module:"):  # of a notebook: a job has no cell
        kept["MPLBACKEND"] = "agg"
    return kept


def worker_environment(settings: Settings) -> dict[str, str]:
    """The environment of a worker that this process starts: its own, and what it was told to use.

    The database goes along with its password, which an order would not carry.
    """
    told = {"STATE_DIR": str(settings.state_dir), "CACHE_DIR": str(settings.cache_dir)}
    if settings.database_url is not None:
        told["DATABASE_URL"] = settings.database_url
    return {**os.environ, **{f"{PREFIX}{name}": value for name, value in told.items()}}


def _file_layers(root: Path) -> list[tuple[str, Mapping[str, Any], Path]]:
    for name, keys in (("jobnb.toml", ()), ("pyproject.toml", ("tool", "jobnb"))):
        path = root / name
        if not path.is_file():
            continue
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            if name == "pyproject.toml":
                continue
            raise ConfigurationError(f"{path} cannot be read: {error}") from error
        for key in keys:
            table = table.get(key, {})
        if table:
            return [(str(path), table, root)]
    return []


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    named = {
        key.removeprefix(PREFIX).lower(): value
        for key, value in environment.items()
        if key.startswith(PREFIX) and value != ""
    }
    if environment.get("NO_COLOR"):  # https://no-color.org
        named.setdefault("colour", "no")
    # The test-suite's own variables share the prefix.
    return {key: value for key, value in named.items() if not key.startswith("test_")}


def _convert(key: str, raw: Any, origin: str, base: Path) -> Any:
    """The value for a setting, whatever it was written as."""
    if key not in _FIELDS:
        hint = get_close_matches(key, _FIELDS, n=1)
        more = f" Did you mean {hint[0]!r}?" if hint else f" There are: {', '.join(_FIELDS)}."
        raise ConfigurationError(f"Unknown setting {key!r} (from {origin}).{more}")
    kind = str(_FIELDS[key].type)
    try:
        return _CONVERTERS[kind](raw, base)
    except (TypeError, ValueError) as error:
        wish = f"wants {kind.removesuffix(' | None')}, not {raw!r}"
        if _CONVERTERS[kind] is _patterns:
            wish = f"cannot be used: {error}"
        raise ConfigurationError(f"Setting {key!r} (from {origin}) {wish}.") from error


def _path(raw: Any, base: Path) -> Path:
    return (base / Path(raw).expanduser()).resolve()


def _text(raw: Any, _base: Path) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    return raw


def _number(raw: Any, _base: Path) -> float:
    if isinstance(raw, bool):
        raise TypeError(raw)
    return float(raw)


def _whole(raw: Any, _base: Path) -> int:
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise TypeError(raw)
    return int(raw)


def _truth(raw: Any, _base: Path) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(raw).lower() not in words:
        raise ValueError(raw)
    return words[str(raw).lower()]


def _patterns(raw: Any, _base: Path) -> tuple[Pattern, ...]:
    return read_patterns(raw)


_CONVERTERS: Final = {
    "tuple[Pattern, ...]": _patterns,
    "bool": _truth,
    "bool | None": _truth,
    "Path": _path,
    "str": _text,
    "str | None": _text,
    "float": _number,
    "float | None": _number,
    "int": _whole,
}
