"""nginx and Caddy as the operator's guide sets them up: its examples, with ports, certificate and folders of a test."""

import contextlib
import datetime
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.processes import ROOT

NAME = "docs.example.org"
GUIDE = (ROOT / "docs/operating.md").read_text("utf-8")
_START_S = 30.0


def example(language: str) -> str:
    """The one example of a language in the guide."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """Put a test's ports and paths in the place of the example's; each has to be there exactly once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the example's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - day).not_valid_after(now + day)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    certificate_file, key_file = folder / "site.crt", folder / "site.key"
    certificate_file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(*private))
    return certificate_file, key_file


def need(program: str) -> str:
    """Where a program is; a machine without it leaves the test out, the checking machine fails."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"{program} is not installed")
    assert found, f"{program} is not installed"
    return found


def nginx_command(folder: Path, port: int, app_port: int) -> list[str]:
    certificate, key = make_certificate(folder)
    site = replaced(
        example("nginx"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/docs.example.org.crt", str(certificate)),
        ("/etc/ssl/docs.example.org.key", str(key)),
        ("127.0.0.1:3000", f"127.0.0.1:{app_port}"),
    )
    (folder / "site.conf").write_text(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; {user} events {{}}\n"
        f"http {{ access_log off; {temporary}\ninclude {folder}/site.conf; }}\n"
    )
    return [need("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy_command(folder: Path, port: int, app_port: int) -> list[str]:
    certificate, key = make_certificate(folder)
    site = replaced(
        example("caddyfile"),
        ("{\n    servers {", "{\n    admin off\n    auto_https disable_redirects\n    servers {"),
        (f"{NAME} {{", f"https://{NAME}:{port} {{\n    bind 127.0.0.1\n    tls {certificate} {key}"),
        ("127.0.0.1:3000", f"127.0.0.1:{app_port}"),
    )
    (folder / "Caddyfile").write_text(site)
    return [need("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextlib.contextmanager
def running_proxy(command: list[str], folder: Path, port: int) -> Iterator[ssl.SSLContext]:
    """The proxy, accepting connections; gives what trusts its certificate."""
    homes = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **homes})
        try:
            trust = ssl.create_default_context(cafile=str(folder / "site.crt"))
            deadline = time.monotonic() + _START_S
            while time.monotonic() < deadline:
                with contextlib.suppress(httpx.TransportError), proxied_browser(trust, port) as browser:
                    browser.get("/api/v1/health/live")
                    break
                assert process.poll() is None, (folder / "proxy.log").read_text()
                time.sleep(0.1)
            else:
                raise AssertionError((folder / "proxy.log").read_text())
            yield trust
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextlib.contextmanager
def proxied_browser(trust: ssl.SSLContext, port: int, source: str = "127.0.0.1") -> Iterator[httpx.Client]:
    """A browser at an address of its own that speaks https to the proxy by its name."""
    origin = f"https://{NAME}:{port}"
    transport = _ByName(httpx.HTTPTransport(verify=trust, local_address=source))
    with httpx.Client(base_url=origin, transport=transport, headers={"Origin": origin}, timeout=60) as client:
        yield client


class _ByName(httpx.BaseTransport):
    """Calls this machine, whatever the name; the name is still what the certificate has to be for."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": NAME},
        )
        return self._inner.handle_request(call)

    def close(self) -> None:
        self._inner.close()
