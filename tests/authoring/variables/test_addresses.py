"""Addresses and networks of IP."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from netaddr import IPAddress, IPNetwork

from jobnb.authoring.variables import (
    NO_MASK,
    NOT_AN_ADDRESS,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Variable,
)


class TestIPAddressVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("10.0.0.1", "10.0.0.1"),
            (" 10.0.0.1\n", "10.0.0.1"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            (IPAddress("10.0.0.1"), "10.0.0.1"),
        ],
    )
    def test_an_address_is_stored_as_text_and_comes_back_as_one(
        self, raw: Any, stored: str
    ) -> None:
        assert IPAddressVar().clean(raw) == stored
        assert IPAddressVar().restore(stored) == IPAddress(stored)

    @pytest.mark.parametrize(
        "raw",
        [
            *("10.0.0.1/24", "10.0.0", "10.0.0.256", "010.0.0.1", "5", "x", "10.0.0.\uff11"),
            *("10.0.0.1 10.0.0.2", "::1::", 5, 1.5, True, [], b"10.0.0.1", IPNetwork("10.0.0.0/8")),
        ],
    )
    def test_what_is_no_address_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(IPAddressVar(required=False), raw) == [
            f"Invalid IPv4/IPv6 address format: {raw}"
        ]

    def test_an_address_with_a_zone_is_refused(self, complaints) -> None:
        assert complaints(IPAddressVar(), "fe80::1%eth0") == [NOT_AN_ADDRESS]

    def test_a_long_value_is_not_repeated_in_full(self, complaints) -> None:
        (message,) = complaints(IPAddressVar(), "x" * 1000)

        assert message.endswith("xxx...")
        assert len(message) < 150


class TestIPAddressWithMaskVar:
    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            ("10.0.0.1/24", "10.0.0.1/24"),
            (" 10.0.0.1/24 ", "10.0.0.1/24"),
            ("10.0.0.1/255.255.255.0", "10.0.0.1/24"),
            ("10.0.0.1/0", "10.0.0.1/0"),
            ("2001:db8::1/64", "2001:db8::1/64"),
            (IPNetwork("10.0.0.1/24"), "10.0.0.1/24"),
        ],
    )
    def test_bits_of_the_host_are_kept(self, raw: Any, stored: str) -> None:
        restored = IPAddressWithMaskVar().restore(stored)

        assert IPAddressWithMaskVar().clean(raw) == stored
        assert (restored, restored.ip) == (IPNetwork(stored), IPNetwork(stored).ip)

    @pytest.mark.parametrize("raw", ["10.0.0.1", "1.2.3", "x", "10.0.0.1/24/25"])
    def test_one_mask_is_required(self, complaints, raw: str) -> None:
        assert complaints(IPAddressWithMaskVar(), raw) == [NO_MASK]

    @pytest.mark.parametrize(
        "raw",
        [
            *("10.0.0/24", "10/8", "x/24", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/ 24", "::1/129"),
            *("10.0.0.1/\u0662", "10.0.0.1/255.0.255.0", "10.0.0.1/-1", "fe80::1%eth0/64"),
            *(5, 1.5, True, [], b"10.0.0.1/24", IPAddress("10.0.0.1")),
        ],
    )
    def test_what_is_no_address_is_refused(self, complaints, raw: Any) -> None:
        assert complaints(IPAddressWithMaskVar(required=False), raw) == [NOT_AN_ADDRESS]


class TestIPNetworkVar:
    def test_a_network_comes_back_as_one(self) -> None:
        assert IPNetworkVar().restore(IPNetworkVar().clean("10.0.0.0/8")) == IPNetwork("10.0.0.0/8")

    def test_bits_of_a_host_are_refused_with_a_proposal(self, complaints) -> None:
        assert complaints(IPNetworkVar(), "192.0.2.1/24") == [
            "192.0.2.1/24 is not a valid prefix. Did you mean 192.0.2.0/24?"
        ]

    @pytest.mark.parametrize(
        ("variable", "raw", "message"),
        [
            (
                IPNetworkVar(min_prefix_length=24),
                "10.0.0.0/8",
                "The prefix length must be greater than or equal to 24.",
            ),
            (
                IPNetworkVar(max_prefix_length=0),
                "10.0.0.0/8",
                "The prefix length must be less than or equal to 0.",
            ),
        ],
    )
    def test_a_prefix_out_of_bounds_is_refused(self, complaints, variable, raw, message) -> None:
        assert complaints(variable, raw) == [message]

    @pytest.mark.parametrize("raw", ["10.0.0.0/8", "10.0.0.0/24"])
    def test_the_bounds_themselves_fit(self, raw: str) -> None:
        assert IPNetworkVar(8, 24).clean(raw) == raw

    def test_all_that_is_wrong_is_said_together(self, complaints) -> None:
        assert len(complaints(IPNetworkVar(24, 32), "10.0.0.1/8")) == 2

    def test_its_bounds_are_described(self) -> None:
        described = IPNetworkVar(0, 24, "Net").describe("net")

        assert described.label == "Net"
        assert described.options == {"min_prefix_length": 0, "max_prefix_length": 24}


@pytest.mark.parametrize(
    ("variable", "fault"),
    [
        (IPNetworkVar(-1), "min_prefix_length must be 0 or more, not -1"),
        (
            IPNetworkVar(25, 24),
            "min_prefix_length 25 is above max_prefix_length 24, so nothing fits",
        ),
        (
            IPAddressVar(default="x"),
            "its own check refuses the default 'x': Invalid IPv4/IPv6 address format: x",
        ),
    ],
)
def test_a_wrong_declaration_is_named(variable: Variable, fault: str) -> None:
    assert list(variable.faults()) == [fault]


def test_a_job_without_addresses_loads_no_heavy_library() -> None:
    heavy = "{'netaddr', 'pandas', 'zoneinfo', 'ipywidgets', 'csv'}"
    code = f"import sys, jobnb.jobs; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
