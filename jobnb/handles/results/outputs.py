"""Rich outputs: tables, figures and other things to look at that a run has left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from jobnb.engine.dispatch import Dispatch
from jobnb.rendering.rich import safe_bundle
from jobnb.store.values import Entry


class RichOutput:
    """One thing to look at; the last value of a cell shows it, harmlessly."""

    def __init__(self, entry: Entry, bundle: dict[str, str]) -> None:
        self.entry: Final = entry
        self.bundle: Final = bundle
        """Media type to content, as the job gave it: images as base64, HTML with its scripts."""

    @property
    def text(self) -> str:
        """As plain text."""
        return self.entry.message

    def __repr__(self) -> str:
        kinds = ", ".join(self.bundle)
        return f"<RichOutput {self.entry.number}: {self.entry.source} ({kinds})>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return safe_bundle(self.bundle)


def rich_outputs(
    dispatch: Dispatch, run_id: str, numbers: Collection[int] | None = None
) -> list[RichOutput]:
    """Those of a run, in order.

    Args:
        dispatch: Where the run is.
        run_id: Which run.
        numbers: Of their entries; None for all.
    """
    bundles = dispatch.results.entries.bundles(run_id, numbers)
    entries = dispatch.results.entries.numbered(run_id, list(bundles))
    return [RichOutput(entry, bundles[entry.number]) for entry in entries]
