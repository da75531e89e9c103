"""Sign-in services (OpenID Connect) as the product sees them; an adapter speaks the protocol."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProviderProblem(StrEnum):
    """Why a sign-in service cannot be used as it is configured, the first thing that is wrong."""

    ADDRESS = "address"
    ADDRESS_REFUSED = "address_refused"
    UNREACHABLE = "unreachable"
    NO_DISCOVERY = "no_discovery"
    OTHER_ISSUER = "other_issuer"
    INCOMPLETE = "incomplete"
    NO_CODE_FLOW = "no_code_flow"
    NO_PKCE = "no_pkce"
    NO_CLIENT_AUTHENTICATION = "no_client_authentication"
    NO_SIGNATURE = "no_signature"
    NO_KEYS = "no_keys"


class ProviderUnusable(Exception):
    """A sign-in service does not work; `problem` says what is wrong. Never shown to whoever signs in."""

    def __init__(self, problem: ProviderProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class IdentityRefused(Exception):
    """What came back does not prove who somebody is; `reason` is for the log, one word of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """How this installation is known at a sign-in service; `redirect_uri` is compared there character by character."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """What ties an answer to the request it belongs to; known to us only until the browser comes back.

    `must_be_fresh` asks for the person's credentials anew, whatever session they have at the service.
    """

    state: str
    nonce: str
    code_verifier: str
    started_at: datetime
    must_be_fresh: bool = False


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """The parameters a browser brought back."""

    code: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Who somebody is, as a service signed it. `email` is lowercase, and empty unless the service verified it.

    `authenticated_at` is when the person last typed their credentials there, None if the service does not say.
    """

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    authenticated_at: datetime | None = None
    has_second_factor: bool = False


class IdentityProviderClient(Protocol):
    """Speaks OpenID Connect: authorization code flow with PKCE, nothing else."""

    def check_address(self, issuer: str) -> str:
        """Return an issuer's address as it may be stored, without looking anything up.

        Raises:
            ProviderUnusable: it can never be one.
        """

    async def check(self, issuer: str) -> None:
        """Ask the service, past every cache, whether it can be used.

        Raises:
            ProviderUnusable: it cannot.
        """

    async def authorization_url(self, registration: ClientRegistration, proofs: Proofs, *, login_hint: str = "") -> str:
        """Return where to send the browser.

        Raises:
            ProviderUnusable: the service cannot be reached or used.
        """

    async def redeem(
        self, registration: ClientRegistration, proofs: Proofs, answer: ProviderAnswer
    ) -> VerifiedIdentity:
        """Exchange a code for an identity and check everything about it.

        Raises:
            IdentityRefused: something about the answer is wrong. ProviderUnusable: the service does not answer.
        """
