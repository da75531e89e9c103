"""Codes of the second factor: six digits that an app shows for half a minute (RFC 6238), or one of ten spare ones."""

import secrets
from datetime import datetime

import pyotp

from ragapp.core.ports import SecretBox
from ragapp.models import User
from ragapp.services.identity.tokens import digest
from ragapp.store.platform import PlatformTransaction

STEP_S = 30
RECOVERY_CODE_COUNT = 10
_RECOVERY_CODE_BYTES = 16
_ISSUER = "ragapp"


class OneTimeCodes:
    """Makes secrets and checks codes. A code is accepted once: the time step of the last one is kept."""

    def __init__(self, secrets_box: SecretBox) -> None:
        self._secrets = secrets_box

    def new_secret(self, user_id: str) -> str:
        """Return a new secret, encrypted for storing."""
        return self._secrets.encrypt(pyotp.random_base32(), context=_context(user_id))

    def secret_of(self, user: User) -> str:
        """Return a person's secret as their app wants it: base32."""
        return self._secrets.decrypt(user.totp_secret or "", context=_context(user.id))

    def address_of(self, user: User) -> str:
        """Return what the QR code says."""
        return pyotp.TOTP(self.secret_of(user)).provisioning_uri(name=user.email, issuer_name=_ISSUER)

    async def use(self, tx: PlatformTransaction, user: User, code: str, at: datetime) -> bool:
        """Accept a code of the app, or a recovery code, at most once; return whether it was accepted."""
        typed = "".join(code.split()).replace("-", "").lower()
        if len(typed) == 6 and typed.isascii() and typed.isdigit():
            return await self.use_app_code(tx, user, typed, at)
        if len(typed) != 2 * _RECOVERY_CODE_BYTES:
            return False
        return await tx.proofs.use_recovery_code(user.id, digest(typed), at)

    async def use_app_code(self, tx: PlatformTransaction, user: User, code: str, at: datetime) -> bool:
        """Accept the code of the current time step or of the one before, at most once."""
        if not user.totp_secret:
            return False
        app = pyotp.TOTP(self.secret_of(user))
        now = int(at.timestamp()) // STEP_S
        for step in (now, now - 1):
            if secrets.compare_digest(app.generate_otp(step), code):
                return await tx.proofs.use_totp(user.id, user.totp_secret, step)
        return False


def new_recovery_codes() -> tuple[str, ...]:
    """Return fresh recovery codes of 128 random bits each, in groups of four characters."""
    return tuple(_grouped(secrets.token_hex(_RECOVERY_CODE_BYTES)) for _ in range(RECOVERY_CODE_COUNT))


def recovery_hash(code: str) -> str:
    """Return what is stored of a recovery code."""
    return digest(code.replace("-", ""))


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _context(user_id: str) -> str:
    return f"totp:{user_id}"
