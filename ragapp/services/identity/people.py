"""People and organisations as they are written down: names, addresses, short names."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from ragapp.core.errors import InvalidEmail, InvalidInput
from ragapp.core.flags import Flag
from ragapp.core.ids import TenantId, UserId, new_id
from ragapp.core.scope import ROLE_PERMISSIONS, Role
from ragapp.models import Tenant, User
from ragapp.services.identity.passwords import ensure_strong
from ragapp.services.views import MeView, TenantView, UserView
from ragapp.store.tenants import limits_of

LANGUAGES = ("en", "hr")
MAX_EMAIL_CHARACTERS = 254
_MAX_NAME_CHARACTERS = 200
_EMAIL = re.compile(r"[^@\s,;<>\x00-\x1f\"]{1,64}@[^@\s,;<>\x00-\x1f\"]{1,185}\.[^@\s.,;<>\x00-\x1f\"]{2,63}")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A person and the organisation to create for them."""

    email: str
    password: str
    name: str
    organisation: str
    language: str = "en"


def checked_email(email: str) -> str:
    """Return an address in its one spelling.

    Raises:
        InvalidEmail: it is none.
    """
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address) or len(address) > MAX_EMAIL_CHARACTERS:
        raise InvalidEmail
    return address


def checked_name(name: str) -> str:
    """Return a name without superfluous spaces and without what cannot be seen."""
    visible = "".join(char if char.isprintable() else " " for char in name)
    return " ".join(visible.split())[:_MAX_NAME_CHARACTERS]


def checked_account(account: NewAccount) -> NewAccount:
    """Return an account as it may be stored.

    Raises:
        WeakPassword, InvalidEmail, InvalidInput: see the message.
    """
    email = checked_email(account.email)
    ensure_strong(account.password, email, account.name, account.organisation)
    organisation = checked_name(account.organisation)
    if not organisation:
        raise InvalidInput("Give your organisation a name.", details={"field": "organisation"})
    name = checked_name(account.name) or email.partition("@")[0]
    language = account.language if account.language in LANGUAGES else "en"
    return NewAccount(email, account.password, name, organisation, language)


def slug_of(name: str) -> str:
    """Return a short name for URLs and commands: lowercase ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D"))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    return slug[:60] or f"tenant-{new_id()[:8]}"


def me_view(user: User, tenant: Tenant, role: Role, flags: Mapping[Flag, bool] | None = None) -> MeView:
    """Return what a member sees of themselves; `limits` are those that hold, what has none is left out."""
    return MeView(
        user=user_view(user),
        tenant=TenantView(TenantId(tenant.id), tenant.slug, tenant.name),
        role=role,
        permissions=ROLE_PERMISSIONS[role],
        limits={name: value for name, value in limits_of(tenant).as_dict().items() if value is not None},
        flags={flag.value: is_on for flag, is_on in (flags or {}).items()},
    )


def user_view(user: User) -> UserView:
    """Return a person as they see themselves."""
    return UserView(
        id=UserId(user.id),
        email=user.email,
        name=user.name,
        language=user.language,
        theme=user.theme,
        is_operator=user.is_operator,
        has_password=user.password_hash is not None,
        has_second_factor=user.totp_confirmed_at is not None,
    )
