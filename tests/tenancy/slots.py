"""Where ids go: every position of a service method that takes one, found by its type annotation."""

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints

from ragapp.core.quality import Expects
from ragapp.core.scope import Permission, Role, TenantScope
from ragapp.core.sharing import BaseAccess
from ragapp.services.identity.provider_views import ProviderChange
from ragapp.services.library.source_views import SourceKind
from ragapp.services.registry import Services
from tests.fakes.library import pieces
from tests.tenancy.twins import ID_KINDS, IdKind, Twin


async def _nothing_created() -> Mapping[str, Any]:
    return {}


EXAMPLES: Mapping[str, Callable[[], Any]] = {
    "text": lambda: "What is written down every evening?",
    "title": lambda: "Another title",
    "name": lambda: "Another name",
    "filename": lambda: "new.txt",
    "chunks": lambda: pieces(b"A new document about nothing in particular."),
    "rating": lambda: "up",
    "access": lambda: BaseAccess.MEMBERS,
    "url": lambda: "https://example.com/new",
    "location": lambda: "https://example.com/sitemap.xml",
    "kind": lambda: SourceKind.SITEMAP,
    "change": lambda: ProviderChange(name="Another name"),
    "email": lambda: "somebody@new.example",
    "role": lambda: Role.MEMBER,
    "folder": lambda: "Contracts",
    "to": lambda: "Agreements",
    "key": lambda: "k-1",
    "request_digest": lambda: "d",
    "act": lambda: _nothing_created,
    "lines": lambda: ("not an address",),
    "days": lambda: 30,
    "permission": lambda: Permission.CHAT,
    "next_path": lambda: "/settings",
    "issuer": lambda: "https://127.0.0.1/new",
    "client_id": lambda: "ragapp",
    "client_secret": lambda: "a secret",
    "page": lambda: 1,
    "n": lambda: 1,
    "expects": lambda: Expects.OPEN,
    "csv": lambda: "question\nWho keeps the lighthouse?\n",
}
"""A value for every required parameter that is no id. A new one needs an entry here, or the suite fails."""

REPLACED = {"runs.ask(options.chat_id)"}
"""Positions whose value the method overwrites before it looks at it."""


@dataclass(frozen=True)
class Slot:
    """One id position of one method; `fill` makes the argument from (the id to try, the caller's own ids)."""

    service: str
    method: str
    path: str
    kind: IdKind
    argument: str
    fill: Callable[[str, Twin], Any]

    @property
    def name(self) -> str:
        return f"{self.service}.{self.method}({self.path})"

    def arguments(self, tried: str, caller: Twin) -> dict[str, Any]:
        """Everything but the scope: the caller's own things everywhere else."""
        hints = _parameters(self.service, self.method)
        own = {name: _own_value(name, hint, caller) for name, hint in hints.items()}
        given = {name: value for name, value in own.items() if value is not None}
        return given | {self.argument: self.fill(tried, caller)}


def service_slots() -> list[Slot]:
    """Return every id position of every public service method."""
    return [
        slot
        for service, method in service_methods()
        for argument, hint in _parameters(service, method).items()
        for slot in _slots(service, method, argument, hint)
        if slot.name not in REPLACED
    ]


def service_methods() -> list[tuple[str, str]]:
    """Return (service, method) of every public method that takes a tenant's scope."""
    return [
        (service, name)
        for service, kind in get_type_hints(Services).items()
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_") and get_type_hints(method).get("scope") is TenantScope
    ]


def function_of(service: str, method: str) -> Any:
    """Return the method itself."""
    return getattr(get_type_hints(Services)[service], method)


def call(services: Services, slot: Slot, scope: TenantScope, tried: str, caller: Twin) -> Any:
    return getattr(getattr(services, slot.service), slot.method)(scope, **slot.arguments(tried, caller))


def _parameters(service: str, method: str) -> dict[str, Any]:
    """Return the parameters that hold ids or must be given, with their types."""
    function = function_of(service, method)
    hints = get_type_hints(function)
    return {
        name: hints[name]
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in ("self", "scope") and (parameter.default is parameter.empty or any(_places(hints[name])))
    }


def _slots(service: str, method: str, argument: str, hint: Any) -> Iterator[Slot]:
    for path, kind, fill in _places(hint):
        yield Slot(service, method, f"{argument}{path}", kind, argument, fill)


def _places(hint: Any) -> Iterator[tuple[str, IdKind, Callable[[str, Twin], Any]]]:
    """Yield (path, kind of id, how to build the value) for every id position within a type."""
    if hint in ID_KINDS:
        yield "", hint, lambda tried, _caller: tried
    elif get_origin(hint) in (typing.Union, types.UnionType):
        for option in get_args(hint):
            yield from _places(option)
    elif get_origin(hint) in (tuple, Sequence):
        for path, kind, fill in _places(get_args(hint)[0]):
            yield f"[alone]{path}", kind, partial(_alone, fill)
            yield f"[among own]{path}", kind, partial(_among_own, kind, fill)
    elif dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        for field in dataclasses.fields(hint):
            for path, kind, fill in _places(hints[field.name]):
                yield f".{field.name}{path}", kind, partial(_as_field, hint, field.name, fill)


def _alone(fill: Callable[[str, Twin], Any], tried: str, caller: Twin) -> tuple[Any, ...]:
    return (fill(tried, caller),)


def _among_own(kind: IdKind, fill: Callable[[str, Twin], Any], tried: str, caller: Twin) -> tuple[Any, ...]:
    return (caller.own(kind), fill(tried, caller))


def _as_field(request: Any, name: str, fill: Callable[[str, Twin], Any], tried: str, caller: Twin) -> Any:
    return request(**{**_required_fields(request), name: fill(tried, caller)})


def _required_fields(request: Any) -> dict[str, Any]:
    return {
        field.name: EXAMPLES[field.name]()
        for field in dataclasses.fields(request)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }


def _own_value(name: str, hint: Any, caller: Twin) -> Any:
    if hint in ID_KINDS:
        return caller.own(hint)
    if dataclasses.is_dataclass(hint):
        return hint(**_required_fields(hint))
    if get_origin(hint) in (tuple, Sequence) and get_args(hint)[0] in ID_KINDS:
        return (caller.own(get_args(hint)[0]),)
    options = get_args(hint) if get_origin(hint) in (typing.Union, types.UnionType) else ()
    if type(None) in options:
        own = next((option for option in options if option in ID_KINDS), None)
        return caller.own(own) if own is not None else None
    return EXAMPLES[name]()
