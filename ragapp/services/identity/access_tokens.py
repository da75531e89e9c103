"""Access tokens for programs: signed statements (JWT) that name a stored session, so revoking that is enough."""

from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from ragapp.core.errors import NotAuthenticated
from ragapp.core.ids import SessionId, TenantId, UserId

AUDIENCE = "ragapp-api"
SIGNING_PURPOSE = "access-token"
_HEADER = {"alg": "HS256", "typ": "at+jwt"}
_MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a token says: whose session it is, at which tenant."""

    session_id: SessionId
    user_id: UserId
    tenant_id: TenantId


class AccessTokens:
    """Signs and reads access tokens with a key of this installation, which is derived for nothing else."""

    def __init__(self, signing_key: bytes, issuer: str) -> None:
        self._key = OctKey.import_key(signing_key)
        self._issuer = issuer

    def issue(self, claims: AccessClaims, *, issued_at: datetime, expires_at: datetime) -> str:
        """Return a signed token."""
        payload = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": claims.user_id,
            "tenant": claims.tenant_id,
            "jti": claims.session_id,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(_HEADER, payload, self._key, algorithms=["HS256"])

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        """Return what a token says if we signed it, for this use, and it has not expired.

        Raises:
            NotAuthenticated: anything else: another key, algorithm, header, issuer, audience or kind of token.
        """
        if len(token) > _MAX_CHARACTERS or not token.isascii():
            raise NotAuthenticated
        try:
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])
        except (JoseError, ValueError, TypeError) as error:
            raise NotAuthenticated from error
        if decoded.header != _HEADER:
            raise NotAuthenticated
        return self._checked(decoded.claims, at)

    def _checked(self, claims: dict[str, object], at: datetime) -> AccessClaims:
        expires_at = claims.get("exp")
        if claims.get("iss") != self._issuer or claims.get("aud") != AUDIENCE:
            raise NotAuthenticated
        if type(expires_at) is not int or expires_at <= at.timestamp():
            raise NotAuthenticated
        names = [claims.get(name) for name in ("jti", "sub", "tenant")]
        if not all(isinstance(name, str) and name for name in names):
            raise NotAuthenticated
        session_id, user_id, tenant_id = (str(name) for name in names)
        return AccessClaims(SessionId(session_id), UserId(user_id), TenantId(tenant_id))


def looks_signed(token: str) -> bool:
    """Return whether a bearer credential has the shape of an access token."""
    return token.count(".") == 2
