"""Composition of signing in at sign-in services of the tenants' own."""

from dataclasses import dataclass

from ragapp.adapters.fetching.calls import GuardedCalls
from ragapp.adapters.oidc_client import OidcClient
from ragapp.config import Settings
from ragapp.core.ports import Clock, SecretBox
from ragapp.services.identity.external_logins import ExternalLogins
from ragapp.services.identity.external_sign_in import ExternalSignInService
from ragapp.services.identity.linked_identities import LinkedIdentityService
from ragapp.services.identity.providers import ProviderService
from ragapp.services.identity.session_opening import SessionOpener
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class External:
    """The services for signing in elsewhere."""

    providers: ProviderService
    sign_in: ExternalSignInService
    identities: LinkedIdentityService


def build_external(
    settings: Settings, store: Store, secrets: SecretBox, clock: Clock, opener: SessionOpener
) -> External:
    """Compose the services."""
    client = OidcClient(GuardedCalls(settings.identity_hosts), clock)
    public_url = settings.effective_public_url
    logins = ExternalLogins(store, secrets, clock, public_url)
    return External(
        providers=ProviderService(store, client, secrets, clock, public_url),
        sign_in=ExternalSignInService(store, client, logins, opener, clock),
        identities=LinkedIdentityService(store, clock),
    )
