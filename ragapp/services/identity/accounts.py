"""The signed-in person: who they are here, and what they change about themselves."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import (
    InvalidCredentials,
    InvalidInput,
    InvariantBroken,
    LinkNotUsable,
    NotAuthenticated,
    PermissionDenied,
)
from ragapp.core.flags import resolve_flags
from ragapp.core.ports import Clock, PasswordHasher, SecretBox
from ragapp.core.scope import Origin, Role, TenantScope, ensure_person, require_person
from ragapp.services.access import AccessService
from ragapp.services.identity.confirmation import Confirmations, Proof, acting
from ragapp.services.identity.ending_keys import end_keys_of
from ragapp.services.identity.passwords import MAX_PASSWORD_CHARACTERS, ensure_strong
from ragapp.services.identity.people import LANGUAGES, checked_email, checked_name, me_view
from ragapp.services.identity.session_opening import SessionOpener, Visit
from ragapp.services.identity.sessions import follow
from ragapp.services.identity.throttle import CODES, Throttle
from ragapp.services.mail import MailService
from ragapp.services.mail_texts import MailKind
from ragapp.services.views import Credential, MeView, UserView
from ragapp.store.store import Store

THEMES = ("light", "dark", "system")
EMAIL_LINK = timedelta(hours=1)
_EMAIL_CONTEXT = "email-change"


class AccountService:
    """What a member reads and changes about themselves; needs no permission beyond being a member."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        secrets: SecretBox,
        clock: Clock,
        throttle: Throttle,
        confirmations: Confirmations,
        access: AccessService,
        opener: SessionOpener,
        mail: MailService,
        *,
        public_url: str,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._secrets = secrets
        self._clock = clock
        self._throttle = throttle
        self._confirmations = confirmations
        self._access = access
        self._opener = opener
        self._mail = mail
        self._public_url = public_url

    async def me(self, scope: TenantScope) -> MeView:
        """Return the caller, their tenant, role and rights, and what is switched on and limited for the tenant."""
        async with self._store.read(scope) as tx:
            user, tenant, membership = await tx.members.get_self()
            flags = resolve_flags(await tx.flags.platform(), await tx.flags.choices())
        # Those of the credential: a key may hold fewer than its owner.
        return replace(me_view(user, tenant, Role(membership.role), flags), permissions=scope.permissions)

    async def set_name(self, scope: TenantScope, name: str) -> UserView:
        """Choose the name colleagues see.

        Raises:
            InvalidInput: it is empty. PermissionDenied: a key asks.
        """
        checked = checked_name(name)
        if not checked:
            raise InvalidInput("Give your name.", details={"field": "name"})
        return await self._change(scope, name=checked)

    async def set_language(self, scope: TenantScope, language: str) -> UserView:
        """Choose the interface language.

        Raises:
            InvalidInput: not one of `LANGUAGES`. PermissionDenied: a key asks.
        """
        if language not in LANGUAGES:
            raise InvalidInput('Choose "en" or "hr".', details={"field": "language"})
        return await self._change(scope, language=language)

    async def set_theme(self, scope: TenantScope, theme: str) -> UserView:
        """Choose how pages look.

        Raises:
            InvalidInput: not one of `THEMES`. PermissionDenied: a key asks.
        """
        if theme not in THEMES:
            raise InvalidInput('Choose "light", "dark" or "system".', details={"field": "theme"})
        return await self._change(scope, theme=theme)

    async def change_password(
        self, scope: TenantScope, current: str, new: str, visit: Visit, *, end_keys: bool = False
    ) -> Credential:
        """Choose a new password: all sessions end, and a new one takes the place of the caller's.

        `end_keys` ends the caller's API keys too, in all their organisations; programs go on with them otherwise.

        Raises:
            InvalidCredentials: `current` is not right. WeakPassword: see the message. RateLimited: too many tries.
            PermissionDenied: only a browser session can do this.
        """
        if scope.origin is not Origin.SESSION:
            raise PermissionDenied("A password is changed in a browser, signed in as yourself.")
        async with self._confirmations.trying(scope, Proof.PASSWORD) as user:
            if not await self._hasher.verify(user.password_hash, current[:MAX_PASSWORD_CHARACTERS]):
                raise InvalidCredentials("The current password is not right. Try again.")
        ensure_strong(new, user.email, user.name)
        password_hash, now = await self._hasher.hash(new), self._clock.now()
        async with self._store.begin_platform(acting(scope)) as tx:
            session = await tx.sessions.find_by_id(scope.credential_id)
            member = await tx.accounts.find_member(scope.tenant_id, scope.user_id)
            if session is None or member is None:
                raise NotAuthenticated
            await tx.proofs.set_password(user.id, password_hash, now)
            await tx.proofs.forget_devices(user.id)
            await tx.sessions.remove_all(user_id=user.id)
            wanted = follow(session, member[0], member[1], Role(member[2].role), visit)
            credential = await self._opener.open(tx, wanted, action=AuditAction.PASSWORD_CHANGED)
            if end_keys:
                await end_keys_of(tx, user.id, now)
            link = f"{self._public_url}/forgot-password"
            await self._mail.queue(tx, MailKind.PASSWORD_CHANGED, user.email, user.language, {"link": link})
        self._access.forget(user_id=user.id)
        return credential

    async def request_email_change(self, scope: TenantScope, email: str) -> None:
        """Mail a link to a new address; the old one stays in use until the link is opened.

        Raises:
            InvalidEmail: it is none. ReauthenticationRequired: confirm who you are first. RateLimited: too many.
        """
        require_person(scope, self._clock.now())
        address = checked_email(email)
        await self._throttle.count(f"email:{scope.user_id}", CODES)
        facts = {"user": scope.user_id, "email": address, "until": (self._clock.now() + EMAIL_LINK).timestamp()}
        token = self._secrets.encrypt(json.dumps(facts), context=_EMAIL_CONTEXT)
        async with self._store.begin_platform(acting(scope)) as tx:
            user = await tx.proofs.find_person(scope.user_id)
            language = user.language if user else "en"
            link = f"{self._public_url}/settings?{urlencode({'email_token': token})}"
            await self._mail.queue(tx, MailKind.EMAIL_CONFIRMATION, address, language, {"link": link})

    async def confirm_email(self, scope: TenantScope, token: str) -> UserView:
        """Use the link that was mailed to a new address.

        Raises:
            LinkNotUsable: too old, or for somebody else. NameTaken: another account has this address.
            PermissionDenied: a key asks.
        """
        ensure_person(scope)
        address = self._address_in(token, scope)
        async with self._store.begin_platform(acting(scope)) as tx:
            user = await tx.proofs.find_person(scope.user_id)
            if user is None:
                raise NotAuthenticated
            before, language = user.email, user.language
            if before != address:
                await tx.proofs.set_email(scope.user_id, address)
                await tx.audit(scope.tenant_id).record(
                    AuditAction.EMAIL_CHANGED, AuditTarget("user", scope.user_id)
                )
                await self._mail.queue(tx, MailKind.EMAIL_CHANGED, before, language, {"email": address})
        return (await self.me(scope)).user

    def _address_in(self, token: str, scope: TenantScope) -> str:
        try:
            facts: dict[str, Any] = json.loads(self._secrets.decrypt(token, context=_EMAIL_CONTEXT))
        except InvariantBroken as error:
            raise LinkNotUsable from error
        if facts["user"] != scope.user_id or self._clock.now() >= datetime.fromtimestamp(facts["until"], UTC):
            raise LinkNotUsable
        return str(facts["email"])

    async def _change(self, scope: TenantScope, **values: str) -> UserView:
        ensure_person(scope)
        async with self._store.begin(scope) as tx:
            await tx.members.change_self(**values)
        return (await self.me(scope)).user
