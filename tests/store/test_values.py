from __future__ import annotations

import pytest


def test_inputs_that_were_never_stored_are_shown_masked(results, pending):
    run_id = pending(inputs={"who": "x"}, options={"withheld": ["password"]})
    record = results.get(run_id)

    assert record.withheld == ("password",)
    assert record.shown_inputs == {"who": "x", "password": "********"}
    assert record.inputs == {"who": "x"}


@pytest.mark.parametrize("is_waiting", [True, False], ids=["waiting", "revoked"])
def test_a_record_tells_the_state_that_is_read_alone(results, pending, is_waiting):
    run_id = pending()
    if not is_waiting:
        results.request_cancel(run_id, "somebody")

    assert results.get(run_id).state == results.state(run_id)
