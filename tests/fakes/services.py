"""Services as edges see them, in memory: who is signed in is a dictionary, what was called is a list."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from ragapp.core.errors import (
    InvalidCredentials,
    InvalidSecondFactor,
    InvalidSetupToken,
    NotAuthenticated,
    PermissionDenied,
    RagAppError,
    WeakPassword,
)
from ragapp.core.flags import FLAG_DEFAULTS, Flag
from ragapp.core.ids import TenantId, UserId
from ragapp.core.scope import ROLE_PERMISSIONS, Origin, PlatformScope, Role, TenantScope
from ragapp.services.identity.people import NewAccount
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import PasswordAttempt, SecondStep
from ragapp.services.registry import Bounds, PublicSettings, Services, install, uninstall
from ragapp.services.views import Credential, MeView, TenantView, UserView
from ragapp.services.vigil import Vigil
from tests.fakes.limits import NoLimits

PUBLIC_URL = "https://docs.example.hr"
COOKIE = "ragapp_session"


def scope_for(role: Role, *, tenant: str = "t1", user: str = "u1") -> TenantScope:
    return TenantScope(TenantId(tenant), UserId(user), role, ROLE_PERMISSIONS[role], Origin.SESSION)


def me_for(scope: TenantScope, language: str = "hr") -> MeView:
    user = UserView(scope.user_id, f"{scope.user_id}@example.hr", f"Name of {scope.user_id}", language)
    tenant = TenantView(scope.tenant_id, scope.tenant_id, f"Tenant {scope.tenant_id}")
    return MeView(user, tenant, scope.role, scope.permissions, {})


class FakeAccess:
    """Sessions are the tokens in `sessions`; the only right password is "right password"."""

    def __init__(self) -> None:
        self.sessions: dict[str, TenantScope] = {}
        self.created: list[dict[str, Any]] = []
        self.is_set_up = True
        self.operators: set[str] = set()
        self.refusal: RagAppError = InvalidCredentials()

    async def needs_setup(self) -> bool:
        return not self.is_set_up

    async def scope_of_session(self, session_token: str | None, *, for_account: bool = False) -> TenantScope:
        if session_token not in self.sessions:
            raise NotAuthenticated
        return self.sessions[session_token]

    async def operator_scope(self, scope: TenantScope) -> PlatformScope:
        if scope.user_id not in self.operators:
            raise PermissionDenied
        return PlatformScope(scope.origin, scope.user_id)

    async def with_password(self, attempt: PasswordAttempt, visit: Visit) -> Credential | SecondStep:
        if attempt.password != "right password":
            raise self.refusal
        if attempt.email.startswith("two-steps@"):
            return SecondStep("step-1", 300)
        return self._open(scope_for(Role.OWNER))

    async def with_code(self, step_token: str, code: str, visit: Visit) -> Credential:
        if step_token != "step-1":
            raise InvalidCredentials
        if code != "123456":
            raise InvalidSecondFactor
        return self._open(scope_for(Role.OWNER))

    async def create_first_owner(
        self, account: NewAccount, *, setup_token: str, load_samples: bool, visit: Visit
    ) -> Credential:
        if setup_token != "set-up":
            raise InvalidSetupToken
        if len(account.password) < 10:
            raise WeakPassword
        self.created.append({"organisation": account.organisation, "load_samples": load_samples})
        return self._open(scope_for(Role.OWNER))

    async def sign_out(self, session_token: str) -> None:
        self.sessions.pop(session_token, None)

    def _open(self, scope: TenantScope) -> Credential:
        token = f"session-{len(self.sessions) + 1}"
        self.sessions[token] = scope
        return Credential(token, 604800, me_for(scope), device_token="device-1")


class FakeAccounts:
    def __init__(self) -> None:
        self.languages: dict[str, str] = {}

    async def me(self, scope: TenantScope) -> MeView:
        return me_for(scope, self.languages.get(scope.user_id, "hr"))

    async def set_language(self, scope: TenantScope, language: str) -> UserView:
        self.languages[scope.user_id] = language
        return me_for(scope, language).user


class FakeFlags:
    """Every flag as it is built in, until a test changes `on`."""

    def __init__(self) -> None:
        self.on = dict(FLAG_DEFAULTS)

    async def values(self, scope: TenantScope) -> dict[Flag, bool]:
        return self.on

    async def is_on(self, scope: TenantScope, flag: Flag) -> bool:
        return self.on[flag]


async def _unchanged(scope: TenantScope) -> TenantScope:
    return scope


class NoSignInServices:
    """A platform where everybody signs in with a password."""

    async def choices(self, *, tenant_slug: str = "", email: str = "") -> tuple[()]:
        return ()


class NoFolders:
    """Documents in no order."""

    async def list_folders(self, scope: Any, knowledge_base_id: Any = None) -> tuple[Any, ...]:
        return ()

    async def list_tags(self, scope: Any, knowledge_base_id: Any = None) -> tuple[Any, ...]:
        return ()


@contextmanager
def installed_services(**replaced: Any) -> Iterator[Any]:
    """Install in-memory services for one test and yield them; `replaced` puts others in their place."""
    access = FakeAccess()
    parts: dict[str, Any] = {
        "access": access,
        "setup": access,
        "sign_in": access,
        "accounts": FakeAccounts(),
        "external_sign_in": NoSignInServices(),
        "bounds": Bounds(max_upload_bytes=1024 * 1024, max_question_characters=4000),
        "vigil": Vigil(_unchanged),
        "filing": NoFolders(),
        "flags": FakeFlags(),
        "limits": NoLimits(),
        "settings_view": PublicSettings(PUBLIC_URL, "1.0", COOKIE, True),
    }
    services = SimpleNamespace(**{**parts, **replaced})
    install(cast("Services", services))
    try:
        yield services
    finally:
        uninstall()
