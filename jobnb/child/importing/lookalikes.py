"""Look-alikes: the modules that files written for Nautobot import, where it is not installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

import jobnb.jobs

_NAUTOBOT: Final = "jobnb.authoring.nautobot"
_VARIABLES: Final = {name: "jobnb.jobs" for name in jobnb.jobs.__all__ if name.endswith("Var")}
_JOBS: Final = {
    **_VARIABLES,
    **dict.fromkeys(("Job", "RunJobTaskFailed", "get_job", "get_jobs"), _NAUTOBOT),
    **dict.fromkeys(("is_job", "is_variable"), _NAUTOBOT),
    "BaseJob": f"{_NAUTOBOT}:Job",
    "ScriptVariable": "jobnb.authoring.variables:Variable",
    "get_task_logger": "jobnb.jobs",
    "register_jobs": "jobnb.jobs",
}
_CHOICES: Final = dict.fromkeys(("JobResultStatusChoices", "LogLevelChoices"), _NAUTOBOT)
_STATUSES: Final = (
    *("PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"),
    *("RECEIVED", "REJECTED", "IGNORED"),
)

MODULES: Final[Mapping[str, Mapping[str, str]]] = {
    "nautobot": {},
    "nautobot.apps": {},
    "nautobot.apps.jobs": _JOBS,
    "nautobot.apps.choices": _CHOICES,
    "nautobot.apps.exceptions": {"AbortTransaction": _NAUTOBOT},
    "nautobot.core": {},
    "nautobot.core.celery": {"register_jobs": "jobnb.jobs"},
    "nautobot.core.exceptions": {"AbortTransaction": _NAUTOBOT},
    "nautobot.extras": {},
    "nautobot.extras.jobs": _JOBS,
    "nautobot.extras.choices": _CHOICES,
    "celery": {},
    "celery.exceptions": {
        **dict.fromkeys(("CeleryError", "Ignore", "Reject", "TimeLimitExceeded"), _NAUTOBOT),
        "SoftTimeLimitExceeded": "jobnb.errors",
    },
    "celery.states": {
        name: f"{_NAUTOBOT}:JobResultStatusChoices.STATUS_{name}" for name in _STATUSES
    },
    "celery.utils": {},
    "celery.utils.log": {"get_task_logger": "jobnb.jobs"},
    "billiard": {},
    "billiard.einfo": {"ExceptionInfo": "jobnb.authoring.failure"},
    "billiard.exceptions": {"SoftTimeLimitExceeded": "jobnb.errors"},
}
"""Module to the names in it, each with where jobnb has it: ``module``, or ``module:path``."""

_GIVEN: Final = (
    "of Nautobot, jobnb gives job files only jobs with their variables, register_jobs() and choices"
)
_COMES_WITH_NAUTOBOT: Final = frozenset({"django", "graphene_django", "rest_framework", "taggit"})


class Lookalikes:
    """Finds the modules of ``MODULES`` when nobody else does, as the last one on the path.

    Any other module below one of them is refused with a sentence, not with "no module named".
    """

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The spec of a look-alike; None for everything that is no business of ours."""
        if fullname in MODULES:
            has_parts = any(name.startswith(f"{fullname}.") for name in MODULES)
            loader: Any = self  # by what it does, as in `loader`
            return ModuleSpec(fullname, loader, origin="jobnb", is_package=has_parts)
        parent = fullname.rpartition(".")[0]
        if parent in MODULES:
            raise ModuleNotFoundError(_refusal(fullname), name=fullname)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module whose names are looked up when they are wanted."""
        return _Lookalike(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""


class _Lookalike(ModuleType):
    """A module whose names lead to jobnb."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "A look-alike, by jobnb.")
        self.__all__ = sorted(MODULES[name])

    def __getattr__(self, name: str) -> Any:
        home = MODULES[self.__name__].get(name)
        if home is None:
            full = f"{self.__name__}.{name}"
            # What Python itself looks for on modules, and submodules that are imported after this.
            if name.startswith("__") or full in MODULES:
                raise AttributeError(full)
            raise ImportError(_refusal(full), name=self.__name__)
        module, _, path = home.partition(":")
        value: Any = import_module(module)
        for part in (path or name).split("."):
            value = getattr(value, part)
        setattr(self, name, value)
        return value


def missing_sentence(name: str) -> str:
    """What to say when a module is missing that Nautobot brings; empty for any other one."""
    top = name.partition(".")[0]
    if top not in _COMES_WITH_NAUTOBOT and not top.startswith(("django_", "nautobot_")):
        return ""
    return (
        f"{top} is not installed here; what a job for Nautobot does with it needs Nautobot and its "
        f"database, and {_GIVEN}"
    )


def _refusal(name: str) -> str:
    if not name.startswith("nautobot."):
        return f"{name} is no part of jobnb, and {name.partition('.')[0]} is not installed here"
    return f"{name} needs Nautobot with its database, and it is not installed here; {_GIVEN}"
