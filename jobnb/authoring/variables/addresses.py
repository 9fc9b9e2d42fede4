"""Addresses and networks of IP as input; ``run()`` gets objects of netaddr.

netaddr takes a while to load and comes only with the first value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, Unpack

from jobnb.authoring.variables.variable import (
    CommonArguments,
    Complaint,
    Variable,
    bound_faults,
    is_blank,
    shortened,
)

if TYPE_CHECKING:
    from netaddr import IPAddress, IPNetwork

NO_MASK: Final = "CIDR mask (e.g. /24) is required."
NOT_AN_ADDRESS: Final = "Please specify a valid IPv4 or IPv6 address."

_PREFIX_LENGTH: Final = re.compile(r"[0-9]{1,3}")


class IPAddressVar(Variable):
    """An IPv4 or IPv6 address without a mask; ``run()`` gets a ``netaddr.IPAddress``."""

    def _parse(self, raw: Any) -> IPAddress | None:
        from netaddr import AddrFormatError, IPAddress

        if is_blank(raw):
            return None
        text = _text_of(raw, IPAddress)
        # netaddr alone would take 5 for 0.0.0.5, and digits of any script.
        if text is None or not _is_address(text):
            raise Complaint([f"Invalid IPv4/IPv6 address format: {shortened(raw)}"])
        try:
            return IPAddress(text)
        except (AddrFormatError, ValueError) as error:  # it knows no zone, as in fe80::1%eth0
            raise Complaint([NOT_AN_ADDRESS]) from error

    def _store(self, value: IPAddress) -> str:
        return str(value)

    def _revive(self, stored: Any) -> IPAddress | None:
        return self._parse(stored)


class IPAddressWithMaskVar(Variable):
    """An IPv4 or IPv6 address with a mask; ``run()`` gets a ``netaddr.IPNetwork``."""

    def _parse(self, raw: Any) -> IPNetwork | None:
        from netaddr import AddrFormatError, IPNetwork

        if is_blank(raw):
            return None
        text = _text_of(raw, IPNetwork)
        if text is None:
            raise Complaint([NOT_AN_ADDRESS])
        address, slash, mask = text.partition("/")
        if not slash or "/" in mask:
            raise Complaint([NO_MASK])
        # No more than IPAddressVar takes, whatever netaddr makes of it on this platform.
        if not _is_address(address) or not (_PREFIX_LENGTH.fullmatch(mask) or _is_address(mask)):
            raise Complaint([NOT_AN_ADDRESS])
        try:
            return IPNetwork(text)
        except (AddrFormatError, ValueError) as error:
            raise Complaint([NOT_AN_ADDRESS]) from error

    def _store(self, value: IPNetwork) -> str:
        return str(value)

    def _revive(self, stored: Any) -> IPNetwork | None:
        return self._parse(stored)


class IPNetworkVar(IPAddressWithMaskVar):
    """An IPv4 or IPv6 network, without bits of a host; ``run()`` gets a ``netaddr.IPNetwork``.

    Args:
        min_prefix_length: The shortest prefix that fits, 0 included; None for no bound.
        max_prefix_length: The longest prefix that fits, 0 included; None for no bound.
        *common: As for every variable: label, description, default, required, widget.
        **named: The same by name.
    """

    options = ("min_prefix_length", "max_prefix_length")

    def __init__(
        self,
        min_prefix_length: int | None = None,
        max_prefix_length: int | None = None,
        *common: Any,
        **named: Unpack[CommonArguments],
    ) -> None:
        super().__init__(*common, **named)
        self.min_prefix_length = min_prefix_length
        self.max_prefix_length = max_prefix_length

    def _check(self, value: IPNetwork) -> Iterator[str]:
        low, high = self.min_prefix_length, self.max_prefix_length
        if value.ip != value.cidr.ip:
            yield f"{value} is not a valid prefix. Did you mean {value.cidr}?"
        if low is not None and value.prefixlen < low:
            yield f"The prefix length must be greater than or equal to {low}."
        if high is not None and value.prefixlen > high:
            yield f"The prefix length must be less than or equal to {high}."

    def _option_faults(self) -> Iterator[str]:
        yield from bound_faults(self, "min_prefix_length", "max_prefix_length", lowest=0)


def _text_of(raw: Any, live: type) -> str | None:
    return str(raw).strip() if isinstance(raw, str | live) else None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
