"""Where ids go in requests: every position of the REST contract that takes one, found in its own description."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient, Response

from ragapp.api.operators import OperatorRoute
from ragapp.core.ids import (
    ApiKeyId,
    ChatId,
    DocumentId,
    InvitationId,
    KnowledgeBaseId,
    MessageId,
    ProviderId,
    QualityQuestionId,
    QualityRunId,
    ReportId,
    SessionId,
    SourceId,
    TaskId,
    UserId,
)
from tests.tenancy.twins import IdKind, Twin

KINDS: Mapping[str, IdKind] = {
    "document": DocumentId,
    "chat": ChatId,
    "message": MessageId,
    "task": TaskId,
    "knowledge_base": KnowledgeBaseId,
    "source": SourceId,
    "provider": ProviderId,
    "user": UserId,
    "member": UserId,
    "invitation": InvitationId,
    "api_key": ApiKeyId,
    "report": ReportId,
    "question": QualityQuestionId,
    "quality_run": QualityRunId,
    "baseline": QualityRunId,
    "session": SessionId,
}
"""What `<name>_id` and `<name>_ids` name. A new kind of id needs an entry here, or the suite fails."""

MESSAGE_CURSOR = ("/api/v1/chats/{chat_id}/messages", "cursor")
"""A cursor that is an id; the others say where a list goes on, and a list only ever holds one's own."""

EXAMPLES: Mapping[str, Any] = {
    "text": "What is written down every evening?",
    "title": "Another title",
    "name": "Another name",
    "rating": "up",
    "page": "1",
    "email": "owner@alba.example",
    "password": "not the right password",
    "role": "editor",
    "days": 30,
    "folder": "Contracts",
    "to": "Agreements",
    "flags": {"debug_mode": True},
    "messages": [{"role": "user", "content": "What is written down every evening?"}],
    "input": "What is written down every evening?",
    "model": "ragapp",
    "url": "https://example.com/new",
    "location": "https://example.com/sitemap.xml",
    "kind": "sitemap",
    "issuer": "https://127.0.0.1/new",
    "client_id": "ragapp",
    "client_secret": "a secret",
    "key": "0" * 32,
    "is_paused": False,
    "password_sign_in": True,
    "emails": ["not an address"],
    "owner_email": "new@tenant.example",
    "reason": "Unpaid",
    "current_password": "not the right password",
    "new_password": "not the right password",
    "code": "000000",
    "csv": "question\nWho keeps the lighthouse?\n",
}
"""A value for every required field that is no id. A new one needs an entry here, or the suite fails."""


@dataclass(frozen=True)
class Request:
    """A request in parts: what stands in the path, the query and the body."""

    method: str
    path: str
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    has_file: bool = False

    async def send(self, client: AsyncClient) -> Response:
        options: dict[str, Any] = {"params": self.parts["query"]}
        if self.parts["form"]:
            options |= {"data": self.parts["form"], "files": {"file": ("new.txt", b"A new document.", "text/plain")}}
        elif self.has_file:
            options["files"] = {"file": ("new.txt", b"A new document.", "text/plain")}
        elif self.parts["json"]:
            options["json"] = dict(self.parts["json"])
        return await client.request(self.method, self.path.format(**self.parts["path"]), **options)


@dataclass(frozen=True)
class RestSlot:
    """One id position of one operation."""

    method: str
    path: str
    place: str
    name: str
    kind: IdKind
    wrap: str = ""

    @property
    def label(self) -> str:
        return f"{self.method} {self.path} {self.place} {self.name}{self.wrap}"

    def request(self, operation: "Operation", tried: str, caller: Twin) -> Request:
        """The caller's own things everywhere, except `tried` here."""
        own = operation.request(caller)
        value: Any = tried
        if self.wrap:
            value = [tried] if self.wrap == "[alone]" else [caller.own(self.kind), tried]
        parts = {**own.parts, self.place: {**own.parts[self.place], self.name: value}}
        return replace(own, parts=parts)


_CHANGING = ("name", "title", "is_paused", "role", "password_sign_in", "password")
"""Fields that nobody has to send, but without one of them a change would be none."""


@dataclass(frozen=True)
class Operation:
    """One method of one path with what it needs and what it takes."""

    method: str
    path: str
    fields: tuple[tuple[str, str, Mapping[str, Any], bool], ...]
    """(place, name, schema, required)"""

    def request(self, caller: Twin) -> Request:
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "json": {}, "form": {}}
        for place, name, schema, required in self.fields:
            kind = _kind_of(self.path, name)
            if required and name != "file":
                own = caller.own(kind) if kind else EXAMPLES[name]
                parts[place][name] = [own] if kind and _is_list(schema) else own
            elif (self.method, name) == ("POST", "user_ids"):
                parts[place][name] = [caller.own(UserId)]  # a chat is shared with somebody
            elif name in _CHANGING and place in ("json", "form"):
                parts[place][name] = EXAMPLES[name]  # a change must change something, a form be one
        return Request(self.method, self.path, parts, any(name == "file" for _, name, _, _ in self.fields))

    def slots(self) -> Iterator[RestSlot]:
        for place, name, schema, _ in self.fields:
            kind = _kind_of(self.path, name)
            if kind is not None:
                for wrap in ("[alone]", "[among own]") if _is_list(schema) else ("",):
                    yield RestSlot(self.method, self.path, place, name, kind, wrap)


def operations(api: FastAPI) -> list[Operation]:
    """Return every operation of the contract, and the second address of uploads."""
    document = api.openapi()
    found = [
        Operation(method.upper(), path, tuple(_fields(document, described)))
        for path, item in document["paths"].items()
        for method, described in item.items()
    ]
    upload = next(each for each in found if (each.method, each.path) == ("POST", "/api/v1/documents"))
    return [*found, replace(upload, path="/api/v1/documents/upload")]


def operator_paths(api: FastAPI) -> set[str]:
    """Return the addresses that are for platform operators only."""
    return {f"{prefix}{route.path}" for prefix, route in _all_routes(api) if isinstance(route, OperatorRoute)}


def routes(api: FastAPI) -> list[tuple[str, str, Callable[..., Any]]]:
    """Return (method, path, endpoint) of everything the application answers, described or not."""
    return [
        (method, f"{prefix}{route.path}", route.endpoint)
        for prefix, route in _all_routes(api)
        for method in sorted(route.methods)
    ]


def _all_routes(api: FastAPI) -> Iterator[tuple[str, Any]]:
    for route in api.routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield "", route
        else:
            prefix = route.include_context.prefix  # type: ignore[attr-defined]
            yield from ((prefix, inner) for inner in included.routes)


def _fields(document: dict[str, Any], described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    for parameter in described.get("parameters", ()):
        if parameter["in"] in ("path", "query"):
            yield parameter["in"], parameter["name"], parameter["schema"], parameter.get("required", False)
    content = described.get("requestBody", {}).get("content", {})
    for media_type, place in (("application/json", "json"), ("multipart/form-data", "form")):
        schema = _resolved(document, content.get(media_type, {}).get("schema", {}))
        for name, inner in schema.get("properties", {}).items():
            yield place, name, inner, name in schema.get("required", ())


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return dict(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


def _kind_of(path: str, name: str) -> IdKind | None:
    if (path, name) == MESSAGE_CURSOR:
        return MessageId
    if name.endswith(("_id", "_ids")) and name != "client_id":  # that one is a sign-in service's name for us
        return KINDS[name.removesuffix("_ids").removesuffix("_id")]
    return None


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(option.get("type") == "array" for option in (schema, *schema.get("anyOf", ())))
