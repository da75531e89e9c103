"""Requests generated from the OpenAPI document, sent to the real server: never a 5xx, each answer as described."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from ragapp.api.app import build_api
from tests.e2e.processes import Server, run_command, running_app

CHECKS = [not_a_server_error, response_schema_conformance]
EXAMPLES = 25

pytestmark = pytest.mark.slow

schema = schemathesis.openapi.from_dict(build_api().openapi())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server whose operator's key sends the requests; what they ask of the network is refused at once."""
    folder = tmp_path_factory.mktemp("fuzz")
    with running_app(folder, RAGAPP_GENERATOR="extractive") as running:
        owner = ("--email", "ana@lipa.hr", "--password", "šume i livade 42", "--tenant", "Lipa")
        created = run_command(folder, "create-owner", *owner, "--api-key", "--json")
        yield running, json.loads(created.stdout)["api_key"]


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_contract(case: schemathesis.Case, server: tuple[Server, str]) -> None:
    running, key = server
    case.call_and_validate(
        base_url=running.url, headers={"Authorization": f"Bearer {key}"}, checks=CHECKS, timeout=30
    )
