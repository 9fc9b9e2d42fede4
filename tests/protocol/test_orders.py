"""Orders: of this protocol, or refused."""

from __future__ import annotations

import json

import pytest

from jobnb.protocol import (
    PROTOCOL,
    ChildOrder,
    RunOrder,
    RunSpec,
)


def test_an_order_for_a_child_survives_with_its_run():
    spec = RunSpec(run_id="1", class_path="a.B", job_name="B", inputs={"who": "x"}, user="ada")
    order = ChildOrder(verb="run", folder="/tmp/f", root="/home/ada/jobs", run=spec)

    assert ChildOrder.from_json(order.to_json()) == order


def test_an_order_of_another_protocol_is_refused_with_both_numbers():
    order = RunOrder(run_id="1", attempt=1, database_uuid="u", database_url="sqlite://")
    raw = json.loads(order.to_json()) | {"protocol": PROTOCOL + 1, "unheard_of": True}

    with pytest.raises(ValueError, match=f"protocol {PROTOCOL} .* {PROTOCOL + 1}"):
        RunOrder.from_json(json.dumps(raw))
