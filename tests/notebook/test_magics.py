from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from jobnb.notebook.magics import JobMagics


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fly", "There are: list, show, run, form, results"),
        ("show", '%job show "NAME"'),
        ("form", 'form "NAME" input=value'),
        ("run", 'run "NAME" input=value'),
        ("run -q gpu", 'run "NAME" input=value'),
        ("log", "%job log ID"),
        ("log one two", "%job log ID"),
        ("cancel", "%job cancel ID"),
        ("enable", "%job enable"),
        ("run 'Hello", "No closing quotation"),
    ],
)
def test_wrong_usage_is_one_line_that_says_what_is_right(bench, shell, line, said):
    with pytest.raises(UsageError) as refused:
        JobMagics(shell).job(line)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
