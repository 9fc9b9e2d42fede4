"""What the tests of the variable types share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobnb.authoring.variables import Complaint, Variable


@pytest.fixture
def complaints() -> Callable[[Variable, Any], list[str]]:
    """What a variable says of a value that it refuses."""

    def refused(variable: Variable, raw: Any) -> list[str]:
        with pytest.raises(Complaint) as caught:
            variable.clean(raw)
        return caught.value.messages

    return refused
