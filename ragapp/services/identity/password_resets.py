"""A forgotten password: a link by mail that lets its holder choose a new one, once, within an hour."""

from datetime import timedelta

from ragapp.core.audit import PLATFORM_CHAIN, AuditAction, AuditTarget
from ragapp.core.errors import LinkNotUsable
from ragapp.core.ids import TenantId
from ragapp.core.ports import Clock, PasswordHasher
from ragapp.core.scope import Origin, PlatformScope
from ragapp.models import PasswordReset, User
from ragapp.services.access import AccessService
from ragapp.services.identity.ending_keys import end_keys_of
from ragapp.services.identity.passwords import ensure_strong
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import SignInService
from ragapp.services.identity.throttle import RESETS_OF_ACCOUNT, RESETS_OF_SOURCE, Throttle
from ragapp.services.identity.tokens import TokenKind, digest, is_kind, mint
from ragapp.services.mail import MailRequest, MailService, Params
from ragapp.services.mail_texts import MailKind
from ragapp.store.platform import PlatformTransaction
from ragapp.store.store import Store

RESET_LINK = timedelta(hours=1)
_DOOR = PlatformScope(Origin.SESSION)
_ANYWHERE = Visit()


class PasswordResetService:
    """Sends links and honours each of them once. Asking tells nobody whether there is such an account."""

    def __init__(
        self,
        store: Store,
        hasher: PasswordHasher,
        clock: Clock,
        throttle: Throttle,
        access: AccessService,
        sign_in: SignInService,
        mail: MailService,
        *,
        public_url: str,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._throttle = throttle
        self._access = access
        self._sign_in = sign_in
        self._mail = mail
        self._public_url = public_url
        mail.prepare_with(MailRequest.RESET, self._prepare)

    async def request(self, email: str, visit: Visit, *, language: str) -> None:
        """Ask for a link. The same little work is done for every address; whether it is known is looked up later.

        Raises:
            RateLimited: too many requests from this source; too many for one address are dropped without a word.
        """
        address = email.strip().lower()[:254]
        await self._throttle.admit_source("reset", visit.address, RESETS_OF_SOURCE)
        if not await self._throttle.has_room("reset", address, RESETS_OF_ACCOUNT):
            return
        async with self._store.begin_platform(_DOOR) as tx:
            await self._mail.queue(tx, MailRequest.RESET, address, language, {"address": visit.address})

    async def is_usable(self, token: str) -> bool:
        """Return whether a link still works, for the page behind it."""
        if not is_kind(token, TokenKind.RESET):
            return False
        async with self._store.read_platform(_DOOR) as tx:
            return await tx.proofs.find_reset(digest(token), self._clock.now()) is not None

    async def use(
        self, token: str, password: str, visit: Visit = _ANYWHERE, *, end_keys: bool = False
    ) -> str:
        """Choose a new password with a link; every session ends. Of racing callers exactly one succeeds.

        `end_keys` ends the person's API keys too, in all their organisations; programs go on with them otherwise.

        Returns:
            A cookie to know this browser by: whoever reads the mailbox is no stranger to the account.

        Raises:
            LinkNotUsable: used up, too old, or none of ours: one answer for all. WeakPassword: the link still works.
        """
        if not is_kind(token, TokenKind.RESET):
            raise LinkNotUsable
        user = await self._holder(token)
        ensure_strong(password, user.email, user.name)
        password_hash = await self._hasher.hash(password)
        now = self._clock.now()
        async with self._store.begin_platform(_DOOR) as tx:
            if not await tx.proofs.use_reset(digest(token), now):
                raise LinkNotUsable
            await tx.proofs.set_password(user.id, password_hash, now)
            await tx.proofs.forget_devices(user.id)
            await tx.sessions.remove_all(user_id=user.id)
            await self._record(tx, user, AuditAction.PASSWORD_RESET)
            if end_keys:
                await end_keys_of(tx, user.id, now)
            link = f"{self._public_url}/forgot-password"
            await self._mail.queue(tx, MailKind.PASSWORD_CHANGED, user.email, user.language, {"link": link})
            device = await self._sign_in.know_device(tx, user.id, visit)
        self._access.forget(user_id=user.id)
        return device

    async def _holder(self, token: str) -> User:
        async with self._store.read_platform(_DOOR) as tx:
            reset = await tx.proofs.find_reset(digest(token), self._clock.now())
            user = await tx.proofs.find_person(reset.user_id) if reset else None
        if user is None or user.status != "active":
            raise LinkNotUsable
        return user

    async def _prepare(self, tx: PlatformTransaction, address: str, params: Params) -> None:  # noqa: ARG002
        """Mail a link if the address is somebody's who has a password here; otherwise do nothing."""
        user = await tx.accounts.find_user(address)
        if user is None or user.status != "active" or user.password_hash is None:
            return
        now, token = self._clock.now(), mint(TokenKind.RESET)
        await tx.proofs.add_reset(
            PasswordReset(token_hash=digest(token), user_id=user.id, created_at=now, expires_at=now + RESET_LINK)
        )
        await self._record(tx, user, AuditAction.PASSWORD_RESET_REQUESTED)
        link = f"{self._public_url}/reset-password?token={token}"
        await self._mail.queue(tx, MailKind.RESET, user.email, user.language, {"link": link})

    async def _record(self, tx: PlatformTransaction, user: User, action: AuditAction) -> None:
        places = await tx.accounts.memberships_of(user.id)
        chain = TenantId(places[0][1].id) if places else PLATFORM_CHAIN
        await tx.audit(chain, actor_id=user.id).record(action, AuditTarget("user", user.id))
