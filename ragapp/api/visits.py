"""Browsers: where a request comes from, and the cookies by which one is known again."""

from typing import Any

from fastapi import Request, Response

from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import KNOWN_DEVICE, SecondStep
from ragapp.services.registry import current
from ragapp.services.views import Credential


def visit_of(request: Request) -> Visit:
    """Return where a request comes from."""
    return Visit(
        user_agent=request.headers.get("user-agent", ""),
        address=request.client.host if request.client else "",
        device_token=request.cookies.get(_device_cookie(), ""),
    )


def session_token_of(request: Request) -> str:
    """Return what the session cookie holds, "" without one."""
    return request.cookies.get(current().settings_view.session_cookie_name, "")


def step_token_of(request: Request) -> str:
    """Return what the cookie of a sign-in that waits for its code holds, "" without one."""
    return request.cookies.get(_step_cookie(), "")


async def begin_session(request: Request, response: Response, credential: Credential) -> None:
    """Give a browser the session of a new sign-in; the one it had until now, whoever's it was, ends."""
    former = session_token_of(request)
    if former:
        await current().sign_in.sign_out(former)
    keep_session(response, credential)


def keep_session(response: Response, credential: Credential) -> None:
    """Give a browser its session; a sign-in that waited for its code is over."""
    _set(response, current().settings_view.session_cookie_name, credential.token, credential.expires_in_s)
    response.delete_cookie(_step_cookie(), **_rules())
    if credential.device_token:
        keep_device(response, credential.device_token)


def keep_device(response: Response, token: str) -> None:
    """Know a browser from now on."""
    _set(response, _device_cookie(), token, int(KNOWN_DEVICE.total_seconds()))


def keep_step(response: Response, step: SecondStep) -> None:
    """Bind a sign-in that waits for its code to this browser."""
    _set(response, _step_cookie(), step.token, step.expires_in_s)


def drop_session(response: Response) -> None:
    """Take the session cookie away."""
    response.delete_cookie(current().settings_view.session_cookie_name, **_rules())


def _set(response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(name, value, max_age=max_age, **_rules())


def _rules() -> dict[str, Any]:
    return {"secure": current().settings_view.session_cookie_secure, "httponly": True, "samesite": "lax"}


def _device_cookie() -> str:
    return f"{_prefix()}ragapp-device"


def _step_cookie() -> str:
    return f"{_prefix()}ragapp-step"


def _prefix() -> str:
    return "__Host-" if current().settings_view.session_cookie_secure else ""
