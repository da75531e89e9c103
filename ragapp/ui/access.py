"""Who may call an event handler: marks that the guard reads. Without a mark: any signed-in member."""

from collections.abc import Callable
from typing import TypeVar

from ragapp.core.scope import Permission

Handler = TypeVar("Handler", bound=Callable[..., object])

_PUBLIC = "__ragapp_public__"
_PERMISSION = "__ragapp_permission__"
_OPERATOR = "__ragapp_operator__"
_ACCOUNT = "__ragapp_account__"
_PAGE_LOAD = "__ragapp_page_load__"


def public(handler: Handler) -> Handler:
    """Let anybody call this event handler, signed in or not. Put it under `@rx.event`."""
    setattr(handler, _PUBLIC, True)
    return handler


def account(handler: Handler) -> Handler:
    """Let members call this event handler while their second factor is still to come: it is about their account."""
    setattr(handler, _ACCOUNT, True)
    return handler


def page_load(handler: Handler) -> Handler:
    """Say that a page calls this event handler by itself when it opens: who may not see it gets no answer, the page
    says why. Leading away or loading again would only open the page once more.
    """
    setattr(handler, _PAGE_LOAD, True)
    return handler


def is_page_load(handler: Callable[..., object]) -> bool:
    """Return whether the handler carries the `page_load` mark."""
    return bool(getattr(handler, _PAGE_LOAD, False))


def requires(permission: Permission) -> Callable[[Handler], Handler]:
    """Let only members with `permission` call this event handler. Put it under `@rx.event`."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _PERMISSION, permission)
        return handler

    return mark


def operator_only(handler: Handler) -> Handler:
    """Let only platform operators call this event handler; asked again at every event. Put it under `@rx.event`."""
    setattr(handler, _OPERATOR, True)
    return handler


def is_for_operators(handler: Callable[..., object]) -> bool:
    """Return whether the handler carries the `operator_only` mark."""
    return bool(getattr(handler, _OPERATOR, False))


def is_public(handler: Callable[..., object]) -> bool:
    """Return whether the handler carries the `public` mark."""
    return bool(getattr(handler, _PUBLIC, False))


def is_account(handler: Callable[..., object]) -> bool:
    """Return whether the handler carries the `account` mark."""
    return bool(getattr(handler, _ACCOUNT, False))


def required_permission(handler: Callable[..., object]) -> Permission | None:
    """Return the permission the handler asks for, None when membership is enough."""
    permission: Permission | None = getattr(handler, _PERMISSION, None)
    return permission
