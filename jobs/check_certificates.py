"""Check Certificates: how long the TLS certificates of servers are good for."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from at_once import at_once
from cryptography import x509
from listing import Listing

from jobnb import jobs

name = "Network"

AT_ONCE: Final = 16  # servers


@dataclass(frozen=True)
class Server:
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Finding:
    server: Server
    until: datetime | None = None
    days: int | None = None  # that are left; negative if it is over, None if nobody knows
    problem: str | None = None  # None: it is good


def fetch(server: Server, timeout: float) -> x509.Certificate:
    """The certificate that a server shows, whatever it is worth."""
    # Whoever verifies does not get to see an expired one. Nothing is sent over this connection.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((server.host, server.port), timeout) as plain,
        context.wrap_socket(plain, server_hostname=server.host) as connection,
    ):
        shown = connection.getpeercert(binary_form=True)
    if shown is None:
        raise ValueError("it shows no certificate")
    return x509.load_der_x509_certificate(shown)


def names_in(certificate: x509.Certificate) -> list[str]:
    """The names and addresses that it was made for."""
    try:
        kind = x509.SubjectAlternativeName
        names = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return []
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def is_for(host: str, names: list[str]) -> bool:
    """Whether a host is one of the names; a star stands for one label."""
    host = host.lower()
    starred = f"*.{host.partition('.')[2]}"
    return any(name.lower() in {host, starred} for name in names)


def inspect(server: Server, timeout: float) -> Finding:
    """What is to be said of a server. It never raises: one that is down stops no other."""
    try:
        certificate = fetch(server, timeout)
    except (OSError, ValueError) as error:
        return Finding(server, problem=" ".join(str(error).split()) or "no answer")
    now, until = datetime.now(UTC), certificate.not_valid_after_utc
    problem = None
    if until <= now:
        problem = "expired"
    elif certificate.not_valid_before_utc > now:
        problem = f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    elif not is_for(server.host, names := names_in(certificate)):
        problem = f"made for {', '.join(names) or 'nobody'}"
    return Finding(server, until, (until - now).days, problem)


class CheckCertificates(jobs.Job):
    """Warns of TLS certificates that end soon; fails if one is over, or made for another name."""

    class Meta:
        name = "Check Certificates"
        read_only = True
        soft_time_limit = 600

    servers = jobs.TableVar(
        columns={
            "host": jobs.StringVar(regex=r"^[A-Za-z0-9.:-]+$"),
            "port": jobs.IntegerVar(min_value=1, max_value=65535, default=443),
        },
        min_rows=1,
        max_rows=5000,
        description="Paste them from a spreadsheet, under the headings host and port. "
        "Without a port it is 443.",
    )
    warn_days = jobs.IntegerVar(
        label="Warn before the end",
        description="Days that a certificate has to be good for.",
        default=30,
        min_value=0,
    )
    timeout = jobs.IntegerVar(
        description="Seconds to wait for a server.", default=5, min_value=1, max_value=60
    )

    def run(
        self, *, servers: list[dict[str, Any]], warn_days: int, timeout: int
    ) -> dict[str, int | None]:
        asked = [Server(row["host"], row["port"] or 443) for row in servers]
        found = []
        inspecting = at_once(partial(inspect, timeout=timeout), asked, AT_ONCE)
        for finding in self.track(inspecting, len(asked), "servers"):
            self.log_finding(finding, warn_days)
            found.append(finding)
        self.conclude(found)
        return {str(finding.server): finding.days for finding in found}

    def log_finding(self, finding: Finding, warn_days: int) -> None:
        about = {"grouping": "check", "object": str(finding.server)}
        if finding.problem is not None:
            self.logger.failure("%s", finding.problem, extra=about)
        elif finding.days is not None and finding.days < warn_days:
            self.logger.warning("%d days left", finding.days, extra=about)
        else:
            self.logger.success("%s days left", finding.days, extra=about)

    def conclude(self, found: list[Finding]) -> None:
        """What ends first stands first, after what nobody knows the end of."""
        found = sorted(found, key=lambda finding: (finding.days is not None, finding.days or 0))
        rows = [
            (item.server, f"{item.until:%Y-%m-%d}" if item.until else "", item.days, item.problem)
            for item in found
        ]
        listing = Listing(("server", "good until", "days left", "problem"), rows)
        self.display(listing)
        self.create_file("certificates.csv", listing.as_csv())
        bad = [str(finding.server) for finding in found if finding.problem is not None]
        if bad:
            self.fail("%d of %d servers: %s", len(bad), len(found), ", ".join(bad))


jobs.register_jobs(CheckCertificates)
