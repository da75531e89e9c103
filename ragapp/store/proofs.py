"""How people prove who they are: passwords, authenticator codes, recovery codes, known browsers, reset links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ragapp.core.errors import NameTaken
from ragapp.models import KnownDevice, PasswordReset, RecoveryCode, User, with_words


class ProofRepository:
    """What works once is used up by one conditional update, so that of racing callers exactly one succeeds."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_person(self, user_id: str) -> User | None:
        """Return the user with that id."""
        return await self._session.get(User, user_id)

    async def set_password(self, user_id: str, password_hash: str, at: datetime) -> None:
        """Replace a password."""
        await self._change(user_id, password_hash=password_hash, password_changed_at=at)

    async def set_email(self, user_id: str, email: str) -> None:
        """Replace an address.

        Raises:
            NameTaken: another account has it.
        """
        try:
            async with self._session.begin_nested():
                await self._change(user_id, email=email)
        except IntegrityError as error:
            raise NameTaken("Another account uses this address. Give another one.") from error

    async def offer_totp(self, user_id: str, sealed_secret: str) -> bool:
        """Store a secret that is still to be confirmed; return False if there is a confirmed one."""
        statement = (
            update(User)
            .where(col(User.id) == user_id, col(User.totp_confirmed_at).is_(None))
            .values(totp_secret=sealed_secret, totp_counter=None)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def use_totp(self, user_id: str, sealed_secret: str, counter: int) -> bool:
        """Accept the code of a time step, unless that step or a later one was accepted, or the secret is another."""
        statement = (
            update(User)
            .where(
                col(User.id) == user_id,
                col(User.totp_secret) == sealed_secret,
                or_(col(User.totp_counter).is_(None), col(User.totp_counter) < counter),
            )
            .values(totp_counter=counter)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def confirm_totp(self, user_id: str, at: datetime) -> bool:
        """Make the offered secret count; return False if one counts already."""
        statement = (
            update(User)
            .where(
                col(User.id) == user_id, col(User.totp_secret).is_not(None), col(User.totp_confirmed_at).is_(None)
            )
            .values(totp_confirmed_at=at)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def remove_totp(self, user_id: str) -> None:
        """Forget the authenticator app and the recovery codes."""
        await self._change(user_id, totp_secret=None, totp_confirmed_at=None, totp_counter=None)
        await self.replace_recovery_codes(user_id, ())

    async def replace_recovery_codes(self, user_id: str, hashes: Sequence[str]) -> None:
        """Make these the only recovery codes."""
        await self._session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
        for code_hash in hashes:
            self._session.add(RecoveryCode(code_hash=code_hash, user_id=user_id))

    async def use_recovery_code(self, user_id: str, code_hash: str, at: datetime) -> bool:
        """Use up a recovery code; return whether it was there to be used."""
        statement = (
            update(RecoveryCode)
            .where(
                col(RecoveryCode.code_hash) == code_hash,
                col(RecoveryCode.user_id) == user_id,
                col(RecoveryCode.used_at).is_(None),
            )
            .values(used_at=at)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def count_recovery_codes(self, user_id: str) -> int:
        """Return how many recovery codes are left."""
        statement = select(func.count()).select_from(RecoveryCode)
        unused = statement.where(col(RecoveryCode.user_id) == user_id, col(RecoveryCode.used_at).is_(None))
        return (await self._session.exec(unused)).one()

    async def find_device(self, user_id: str, token_hashes: Sequence[str], at: datetime) -> str | None:
        """Return which of these tokens a browser got when that person signed in with it, None if none."""
        statement = select(KnownDevice.token_hash).where(
            KnownDevice.user_id == user_id,
            col(KnownDevice.token_hash).in_(token_hashes),
            col(KnownDevice.expires_at) > at,
        )
        return (await self._session.exec(statement)).first()

    async def remember_device(self, device: KnownDevice) -> None:
        """Know a browser from now on."""
        self._session.add(device)

    async def forget_devices(self, user_id: str) -> None:
        """Know no browser of this person any more."""
        await self._session.exec(delete(KnownDevice).where(col(KnownDevice.user_id) == user_id))

    async def remove_expired_devices(self, at: datetime) -> None:
        """Forget browsers that were not used for long."""
        await self._session.exec(delete(KnownDevice).where(col(KnownDevice.expires_at) <= at))

    async def add_reset(self, reset: PasswordReset) -> None:
        """Store a reset link; the earlier ones of the same person stop working."""
        await self._session.exec(delete(PasswordReset).where(col(PasswordReset.user_id) == reset.user_id))
        self._session.add(reset)

    async def find_reset(self, token_hash: str, at: datetime) -> PasswordReset | None:
        """Return a reset link that can still be used."""
        statement = select(PasswordReset).where(
            PasswordReset.token_hash == token_hash,
            col(PasswordReset.used_at).is_(None),
            col(PasswordReset.expires_at) > at,
        )
        return (await self._session.exec(statement)).first()

    async def use_reset(self, token_hash: str, at: datetime) -> bool:
        """Use up a reset link; of any number of racing callers exactly one is told True."""
        statement = (
            update(PasswordReset)
            .where(
                col(PasswordReset.token_hash) == token_hash,
                col(PasswordReset.used_at).is_(None),
                col(PasswordReset.expires_at) > at,
            )
            .values(used_at=at)
        )
        return (await self._session.exec(statement)).rowcount == 1

    async def _change(self, user_id: str, **values: object) -> None:
        await self._session.exec(update(User).where(col(User.id) == user_id).values(**with_words(User, values)))
