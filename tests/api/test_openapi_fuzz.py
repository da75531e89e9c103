"""Requests generated from the OpenAPI document: whatever they hold, no answer is a 5xx and each fits its schema."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from ragapp.api.app import build_api
from ragapp.api.headers import add_security_headers
from tests.api.fakes import rest_services
from tests.fakes.services import installed_services

OPENAPI = "/api/v1/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]

pytestmark = pytest.mark.slow

schema = schemathesis.openapi.from_asgi(OPENAPI, add_security_headers(build_api()))


@pytest.fixture(scope="module", autouse=True)
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("fuzz") / "blob"
    path.write_bytes(b"bytes")
    with installed_services(**rest_services()) as fakes:
        fakes.documents.file_path = str(path)
        yield


@schema.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_contract(case: schemathesis.Case) -> None:
    case.call_and_validate(headers={"Authorization": "Bearer api-owner"}, checks=CHECKS)
