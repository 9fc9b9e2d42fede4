from __future__ import annotations

import pytest

from jobnb.protocol import JobDescription, VariableDescription


@pytest.fixture
def make_job():
    """Makes the description of a job with these variables: name to type, or type and more."""

    def make(**variables) -> JobDescription:
        described = [
            VariableDescription(
                name=name,
                type=kind if isinstance(kind, str) else kind[0],
                label=name,
                description="",
                required=True,
                default=None,
                **({} if isinstance(kind, str) else kind[1]),
            )
            for name, kind in variables.items()
        ]
        return JobDescription(
            class_path="a.Import",
            module="a",
            class_name="Import",
            name="Import",
            grouping="",
            description="",
            file="a.py",
            variables=tuple(described),
        )

    return make
