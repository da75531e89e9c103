"""The rules of the house that no linter knows, checked on the source itself."""

import ast
import inspect
from dataclasses import fields
from typing import get_type_hints

import pytest

from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.registry import Services
from tests.architecture.sources import calls, imports, modules

WITHOUT_SCOPE = {
    *("access", "console", "external_sign_in", "health", "joining", "mail", "password_resets", "setup", "sign_in"),
    *("metrics", "suspension"),
}
"""Services that create scopes, hold the console, know nothing of tenants, or ask for a token of their own."""


def test_only_the_unit_of_work_commits() -> None:
    committing = {
        f"{path}:{line}"
        for path, tree in modules().items()
        for line, name in calls(tree)
        if name.endswith((".commit", ".rollback")) and path != "store/migrations.py"
    }
    assert not committing


def test_transactions_are_opened_by_the_store_only() -> None:
    opening = {path for path, tree in modules().items() for _, name in calls(tree) if name.endswith("session.begin")}
    assert opening == {"store/store.py"}


def test_sql_is_written_in_the_store_only() -> None:
    outside = {
        f"{path}:{line}"
        for path, tree in modules().items()
        if not path.startswith(("store/", "models/"))
        for line, name in imports(tree)
        if name.split(".")[0] in {"sqlalchemy", "sqlmodel"}
    }
    assert not outside


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"config.py", "server.py"}  # server.py sets Reflex's own variables, it reads none
    reading = {
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        if path not in allowed and not path.startswith("adapters/parsers/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv")}
    }
    assert not reading


def test_only_access_creates_scopes() -> None:
    creating = {
        path for path, tree in modules().items() for _, name in calls(tree) if name.split(".")[-1] == "TenantScope"
    }
    assert creating == {"services/access.py"}


def test_nothing_evaluates_code_or_unpickles() -> None:
    forbidden = {"eval", "exec", "pickle.loads", "pickle.load", "yaml.load", "marshal.loads"}
    found = {
        f"{path}:{line} {name}"
        for path, tree in modules().items()
        for line, name in calls(tree)
        if name in forbidden
    }
    assert not found


def test_modules_stay_small_enough_to_read() -> None:
    long = {
        path: len(ast.unparse(tree).splitlines())
        for path, tree in modules().items()
        if len(ast.unparse(tree).splitlines()) > 330
    }
    assert not long


def _service_methods() -> list[tuple[str, str, object]]:
    hints = get_type_hints(Services)
    return [
        (field.name, name, method)
        for field in fields(Services)
        if field.name not in WITHOUT_SCOPE and hints[field.name].__module__.startswith("ragapp.services.")
        for name, method in vars(hints[field.name]).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]


@pytest.mark.parametrize(("service", "name", "method"), _service_methods())
def test_every_service_method_takes_the_scope_first(service: str, name: str, method: object) -> None:
    if name == "close":
        return
    parameters = list(inspect.signature(method).parameters.values())
    assert len(parameters) > 1, f"{service}.{name} has no scope"
    scope = parameters[1]
    assert scope.name == "scope"
    assert scope.default is inspect.Parameter.empty
    assert get_type_hints(method)["scope"] in (TenantScope, PlatformScope)
