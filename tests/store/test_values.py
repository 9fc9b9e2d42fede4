from __future__ import annotations


def test_inputs_that_were_never_stored_are_shown_masked(results, pending):
    run_id = pending(inputs={"who": "x"}, options={"withheld": ["password"]})
    record = results.get(run_id)

    assert record.withheld == ("password",)
    assert record.shown_inputs == {"who": "x", "password": "********"}
    assert record.inputs == {"who": "x"}
