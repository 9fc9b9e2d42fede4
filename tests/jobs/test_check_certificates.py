"""Check Certificates, with real TLS servers on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jobnb.testing import JobRun, assert_logged, try_job
from tests.jobs.examples import load

load("at_once")
load("listing")
check_certificates = load("check_certificates")

LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


def write_certificate(path: Path, days: float, name: x509.GeneralName | None) -> None:
    """A certificate that is good for so many days, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    until = datetime.now(UTC) + timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(until, datetime.now(UTC)) - timedelta(days=1))
        .not_valid_after(until)
    )
    if name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(pem))


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """A server that shakes hands with whoever comes; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def greet() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return  # the test is over
            with plain, context.wrap_socket(plain, server_side=True) as connection:
                connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Starts a server with a certificate that is good for so many days."""
    with ExitStack() as servers:

        def serve(days: float, name: x509.GeneralName | None = LOOPBACK) -> int:
            path = tmp_path / "certificate.pem"
            write_certificate(path, days, name)
            return servers.enter_context(serving(path))

        yield serve


def check(*ports: int, **inputs: Any) -> JobRun:
    servers = [{"host": "127.0.0.1", "port": port} for port in ports]
    return try_job(check_certificates.CheckCertificates, servers=servers, **inputs)


def test_days_are_counted(serve):
    port = serve(100.5)
    run = check(port)

    assert run.value == {f"127.0.0.1:{port}": 100}
    assert run.status == "SUCCESS"
    assert_logged(run, "100 days left", level="SUCCESS", grouping="check")


def test_one_that_ends_soon_is_a_warning(serve):
    run = check(serve(10.5), warn_days=20)

    assert run.status == "SUCCESS"
    assert_logged(run, "10 days left", level="WARNING")


def test_one_that_is_over_fails_the_run_and_the_others_are_checked(serve):
    over, good = serve(-2.5), serve(90.5)
    run = check(over, good)

    assert run.detail == f"1 of 2 servers: 127.0.0.1:{over}"
    assert run.value == {f"127.0.0.1:{over}": -3, f"127.0.0.1:{good}": 90}
    assert_logged(run, "expired", level="FAILURE")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [(x509.DNSName("example.org"), "made for example.org"), (None, "made for nobody")],
)
def test_one_for_another_name_fails_the_run(serve, name, complaint):
    run = check(serve(90.5, name))

    assert run.status == "FAILURE"
    assert_logged(run, complaint, level="FAILURE")


def test_a_server_that_is_not_there_is_named():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # free as soon as it is closed
    run = check(port)

    assert run.value == {f"127.0.0.1:{port}": None}
    assert_logged(run, "Connection refused", level="FAILURE")


def test_a_server_that_says_nothing_costs_its_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = check(listener.getsockname()[1], timeout=1)

    assert_logged(run, "timed out", level="FAILURE")


def test_what_ends_first_stands_first_in_the_file_and_the_table(serve):
    later, sooner = serve(90.5), serve(40.5)
    run = check(later, sooner)
    lines = run.files["certificates.csv"].decode().splitlines()
    [shown] = [entry.bundle for entry in run.log if entry.bundle]

    assert [line.split(",")[0] for line in lines[1:]] == [
        f"127.0.0.1:{sooner}",
        f"127.0.0.1:{later}",
    ]
    assert shown["text/markdown"].startswith("| server | good until | days left | problem |")


@pytest.mark.parametrize(
    ("host", "name", "fits"),
    [
        ("www.example.org", "www.example.org", True),
        ("WWW.example.org", "www.EXAMPLE.org", True),
        ("www.example.org", "*.example.org", True),
        ("a.b.example.org", "*.example.org", False),
        ("example.org", "*.example.org", False),
    ],
)
def test_a_star_stands_for_one_label(host, name, fits):
    assert check_certificates.is_for(host, [name]) is fits


def test_servers_can_be_pasted_without_ports():
    run = try_job(check_certificates.CheckCertificates, servers="host\n127.0.0.1\n", timeout=1)

    assert list(run.value) == ["127.0.0.1:443"]
