"""A file far over the limit, sent to the real server: refused with its reason, in little memory, leaving nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import ROOT, Server, run_command, running_app

SIZE_BYTES = 200 * 1024 * 1024
BLOCK = b"a line of a very long file\n" * 4096
BOUNDARY = "----bound"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="long.txt"\r\n\r\n'.encode()
MOST_GROWTH_BYTES = 64 * 1024 * 1024

pytestmark = pytest.mark.slow


def body() -> Iterator[bytes]:
    yield HEAD
    for _ in range(SIZE_BYTES // len(BLOCK)):
        yield BLOCK
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def resident_bytes(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.mark.parametrize("declared", [True, False], ids=["length declared", "length unknown"])
def test_two_hundred_megabytes_are_refused_and_leave_nothing(tmp_path: Path, *, declared: bool) -> None:
    if not (ROOT / ".web/build/client/index.html").is_file():
        pytest.fail("The web app is not built: run `make setup`.")
    data_dir = tmp_path / "data"
    account = ("--email", "ana@lipa.hr", "--password", "šume i livade 42", "--tenant", "Lipa")
    key = json.loads(run_command(data_dir, "create-owner", *account, "--api-key", "--json").stdout)["api_key"]
    owner = {"Authorization": f"Bearer {key}"}
    headers = {**owner, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if declared:
        headers["Content-Length"] = str(len(HEAD) + SIZE_BYTES // len(BLOCK) * len(BLOCK) + len(BOUNDARY) + 8)
    with running_app(data_dir) as server:
        before = resident_bytes(server)
        response = httpx.post(f"{server.url}/api/v1/documents", headers=headers, content=body(), timeout=120)
        grown = resident_bytes(server) - before
        documents = httpx.get(f"{server.url}/api/v1/documents", headers=owner, timeout=20).json()
    assert (response.status_code, response.json()["code"]) == (413, "file_too_large")
    assert documents["items"] == []
    assert not [path for path in (data_dir / "blobs").rglob("*") if path.is_file()]
    assert grown < MOST_GROWTH_BYTES
