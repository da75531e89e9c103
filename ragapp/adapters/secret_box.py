"""The installation's secret: given by the operator, or made once and kept beside the data for its owner only."""

import base64
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ragapp.core.errors import ConfigurationError, InvariantBroken

_FILE = "secret.key"
_MIN_CHARACTERS = 32
_NONCE_BYTES = 12


def open_secret_box(folder: Path, given: str) -> "AesSecretBox":
    """Return the box over the operator's secret, or over the one in `folder`, which is made if it is not there.

    Raises:
        ConfigurationError: the given secret is too short, or the file cannot be used.
    """
    if given and len(given) < _MIN_CHARACTERS:
        problem = f"RAGAPP_SECRET_KEY needs at least {_MIN_CHARACTERS} characters."
        raise ConfigurationError(problem)
    try:
        return AesSecretBox(given or _kept(folder / _FILE))
    except OSError as error:
        problem = f"RAGAPP_DATA_DIR: the secret in {folder / _FILE} cannot be used ({error.strerror})."
        raise ConfigurationError(problem) from error


class AesSecretBox:
    """AES-256-GCM and HMAC-SHA-256 under keys derived from one secret by HKDF (RFC 5869), one per purpose."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cipher = AESGCM(self.signing_key("encryption"))
        self._audit_key = self.signing_key("audit")

    def encrypt(self, plain: str, *, context: str) -> str:
        """Return nonce and ciphertext, base64."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), context.encode())).decode()

    def decrypt(self, sealed: str, *, context: str) -> str:
        """Return the plain text; see the port."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise InvariantBroken(details={"context": context}) from error

    def seal(self, message: bytes) -> str:
        """Return the audit hash of a message."""
        return hmac.new(self._audit_key, message, sha256).hexdigest()

    def signing_key(self, purpose: str) -> bytes:
        """Return the key of one purpose."""
        return HKDF(SHA256(), 32, salt=b"ragapp", info=purpose.encode()).derive(self._secret)


def _kept(path: Path) -> str:
    """Return the kept secret; of processes that start together all get the same one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
