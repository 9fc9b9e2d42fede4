"""The record of a job, looked at and edited: what the code says, and what is set instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from jobnb.authoring.variables.variable import Complaint
from jobnb.errors import EditConflict, InvalidInput, InvalidSetting
from jobnb.handles.giving.uploads import UploadWriter
from jobnb.handles.records.choosing import Choosable
from jobnb.handles.records.settable import ENABLED, conflicts, fixed_of, only_in_code, settings_of
from jobnb.handles.records.setting_values import setting_text
from jobnb.protocol import Cleaned, JobDescription, Look, Page, VariableDescription
from jobnb.rendering.tables import render_settings
from jobnb.store.catalog.jobs import JobEdit, JobRecord


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where the record of one job is read and written."""

    user: str
    """Who edits."""
    load: Callable[[], tuple[JobDescription, JobRecord]]
    """The job as its code says now, and what is set now."""
    save: Callable[[JobEdit], JobRecord]
    """Writes an edit, and gives the record as it is then."""
    taken: Callable[[], Collection[str]]
    """The display names of other jobs."""


class JobSettings:
    """What is set of one job, for who looks at it; as the last value of a cell it is a table."""

    def __init__(self, job: JobDescription, record: JobRecord) -> None:
        self._job = job
        self.record: Final = record
        self.job: Final = job.overridden(record.overrides).name
        """Display name."""
        self.enabled: Final = record.enabled
        self.overrides: Final = dict(record.overrides)
        """Only what replaces a value of the code."""

    def _render(self) -> dict[str, str]:
        rows = [
            (
                setting.name,
                setting.one_line(setting.own_value(self._job)),
                setting.one_line(self.record.setting(setting.name)),
            )
            for setting in settings_of(self._job).values()
        ]
        notes = [edited(self.record), only_in_code(self._job)]
        title = f"{self.job} ({self._job.class_path})"
        return render_settings(title, rows, [note for note in notes if note])

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return self._render()

    def __repr__(self) -> str:
        return self._render()["text/plain"]


class JobEditor:
    """One job while somebody edits its record; a form asks it as it would ask a job."""

    call: Final = "jobnb.edit"
    verb: Final = "Save"
    choosable: Final[Sequence[Choosable]] = ()

    def __init__(self, desk: Desk) -> None:
        """Begins with what is set now."""
        self._desk = desk
        self._job, self.record = desk.load()
        self._settings = settings_of(self._job)

    @property
    def description(self) -> JobDescription:
        """The record as if it were a job: each setting is an input."""
        headings: dict[str, list[str]] = {}
        for setting in self._settings.values():
            if setting is not ENABLED:
                headings.setdefault(setting.heading, []).append(setting.name)
        return replace(
            self._job,
            name=self._job.overridden(self.record.overrides).name,
            description=f"{self._job.class_path} in {self._job.file}. What is empty is as the code "
            f"says: clear a field to reset it. {edited(self.record)}\n{only_in_code(self._job)}",
            meta={},
            variables=tuple(self._describe(name) for name in self._settings),
            fieldsets=tuple((heading, tuple(names)) for heading, names in headings.items()),
        )

    @property
    def title(self) -> str:
        """What the form is headed with."""
        return f"Edit job: {self.description.name}"

    @property
    def preset(self) -> dict[str, Any]:
        """What is set, as a form shows it."""
        overrides = {
            name: setting_text(value)
            for name, value in self.record.overrides.items()
            if name in self._settings
        }
        return {"enabled": self.record.enabled, **overrides}

    def look(self, inputs: Mapping[str, Any], names: Sequence[str]) -> Look:
        """What is wrong with the settings of ``names``."""
        _, problems = self._read(inputs)
        return Look(problems={name: problems[name] for name in problems if name in names})

    def search(self, name: str, text: str, page: int, inputs: Mapping[str, Any]) -> Page:
        """Nothing: no setting chooses objects."""
        del name, text, page, inputs
        return Page(items=[])

    def clean(self, inputs: Mapping[str, Any]) -> Cleaned:
        """The settings as they are stored; None for what the code is to say.

        Raises:
            InvalidSetting: Some do not fit; all complaints at once.
        """
        values, problems = self._read(inputs)
        if problems:
            raise InvalidSetting(self.description.name, problems)
        return Cleaned(inputs=values)

    def upload(self, name: str, file_name: str) -> UploadWriter:
        """No setting is a file."""
        raise InvalidInput(self.description.name, {name: [f"{file_name!r} is not wanted here."]})

    def renewed(self) -> JobEditor | None:
        """The same as it is now; None if nobody has changed anything meanwhile.

        Raises:
            JobNotFound: The job is gone.
        """
        now = JobEditor(self._desk)
        same = (now._job, now.record.enabled, now.record.overrides) == (
            *(self._job, self.record.enabled, self.record.overrides),
        )
        return None if same else now

    def start(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> JobRecord:
        """Saves what a form has; only what was changed in it, so that two may edit one job.

        Raises:
            InvalidSetting: Some do not fit.
            EditConflict: Somebody has changed the same meanwhile; saving again goes over that.
        """
        del options
        wanted = {name: inputs.get(name) for name in self._settings}
        values = self.clean(wanted).inputs
        before = {name: self.record.setting(name) for name in values}
        changes = {name: value for name, value in values.items() if value != before[name]}
        if changes:
            self._write(changes, before)
        return self.record

    def apply(self, changes: Mapping[str, Any]) -> JobSettings:
        """Sets some of it and leaves the rest; None lets the code's value hold again.

        Raises:
            InvalidSetting: There is no such setting, or some do not fit; nothing was saved.
        """
        values = self.clean({**self.preset, **changes}).inputs
        if "enabled" in changes and changes["enabled"] is None:
            raise InvalidSetting(self.description.name, {"enabled": ["Give True or False."]})
        self._write({name: values[name] for name in changes}, {})
        return JobSettings(self._job, self.record)

    def shown(self) -> JobSettings:
        """What is set now."""
        return JobSettings(self._job, self.record)

    def _write(self, changes: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        edit = JobEdit(changes=dict(changes), user=self._desk.user, before=dict(before))
        try:
            self.record = self._desk.save(edit)
        except EditConflict as conflict:
            # Who saves once more has seen it.
            now = {name: now for name, (_, now) in conflict.settings.items()}
            self.record = _with(self.record, now)
            raise

    def _read(self, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        values: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, raw in inputs.items():
            if name not in self._settings:
                problems[name] = [self._unknown(name)]
                continue
            try:
                values[name] = self._settings[name].clean(raw)
            except Complaint as complaint:
                problems[name] = complaint.messages
        for name, sentence in self._across(values):
            problems.setdefault(name, []).append(sentence)
        return values, problems

    def _across(self, values: Mapping[str, Any]) -> list[tuple[str, str]]:
        set_ = {name: value for name, value in values.items() if value is not None}
        set_.pop("enabled", None)
        found = list(conflicts(self._job.overridden(set_), set_))
        if set_.get("name") in self._desk.taken():
            found.append(("name", "Another job has this name."))
        return found

    def _describe(self, name: str) -> VariableDescription:
        setting = self._settings[name]
        plain = setting.variable.describe(name)
        if setting is ENABLED:
            return replace(plain, description=setting.help)
        own = setting_text(setting.own_value(self._job))
        said = setting.one_line(setting.own_value(self._job)).removesuffix(".") or "nothing"
        options = {name: value for name, value in plain.options.items() if name != "min_value"}
        return replace(
            plain,
            description=f"{setting.help} In the code: {said}.",
            options={**options, "stands_for": own},
        )

    def _unknown(self, name: str) -> str:
        fixed = fixed_of(self._job)
        if name in fixed:
            return f"cannot be set: {fixed[name]}."
        nearest = get_close_matches(name, self._settings, n=2)
        known = " or ".join(map(repr, nearest)) if nearest else ", ".join(self._settings)
        lead = "Did you mean" if nearest else "There are:"
        return f"is nothing that can be set. {lead} {known}{'?' if nearest else '.'}"


def edited(record: JobRecord) -> str:
    """Who edited a record last, and when; empty if nobody has."""
    if record.edited is None:
        return ""
    return f"Last edited by {record.edited_by}, {record.edited.astimezone():%Y-%m-%d %H:%M:%S}."


def _with(record: JobRecord, settings: Mapping[str, Any]) -> JobRecord:
    settings = dict(settings)
    enabled = settings.pop("enabled", record.enabled)
    overrides = {**record.overrides, **settings}
    kept = {name: value for name, value in overrides.items() if value is not None}
    return replace(record, enabled=enabled, overrides=kept)
