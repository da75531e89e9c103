"""A tenant with a sign-in service, and a browser that goes there and back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ragapp.adapters.fetching.calls import GuardedCalls
from ragapp.adapters.oidc_client import OidcClient
from ragapp.adapters.secret_box import AesSecretBox
from ragapp.core.ids import ProviderId
from ragapp.core.scope import TenantScope
from ragapp.services.identity.access_tokens import AccessTokens
from ragapp.services.identity.external_logins import ExternalLogins
from ragapp.services.identity.external_sign_in import ExternalSignInService
from ragapp.services.identity.linked_identities import LinkedIdentityService
from ragapp.services.identity.provider_views import Browser, ExternalOutcome, ExternalReply, NewProvider, ProviderView
from ragapp.services.identity.providers import ProviderService
from ragapp.services.identity.session_opening import SessionOpener, Visit
from ragapp.store.store import Store
from tests.fakes.accounts import Household
from tests.fakes.clock import FixedClock
from tests.fakes.hostile_oidc import CLIENT_ID, CLIENT_SECRET, Provider

PUBLIC_URL = "https://docs.lipa.hr"


@dataclass
class Desk:
    """The services that sign people in elsewhere, over one store."""

    providers: ProviderService
    external: ExternalSignInService
    identities: LinkedIdentityService
    store: Store
    clock: FixedClock

    async def add_provider(self, owner: TenantScope, provider: Provider, **values: Any) -> ProviderView:
        wanted = NewProvider("Lipa SSO", provider.issuer, CLIENT_ID, CLIENT_SECRET, ("lipa.hr",), auto_join=True)
        return await self.providers.create(owner, replace(wanted, **values))

    async def visit(
        self, provider: Provider, provider_id: ProviderId, *, must_be_fresh: bool = False, **claims: Any
    ) -> ExternalOutcome:
        """Sign in as a person would, by default as ana@lipa.hr."""
        start = await self.external.start(provider_id, next_path="/documents", must_be_fresh=must_be_fresh)
        back = provider.approve(start.url, **claims)
        return await self.come_back(back, start.browser_token)

    async def come_back(
        self, back: dict[str, str], browser_token: str, caller: TenantScope | None = None
    ) -> ExternalOutcome:
        reply = ExternalReply(back["state"], back.get("code", ""), back.get("error", ""), back.get("iss", ""))
        return await self.external.finish(reply, Browser(browser_token, Visit("test browser", "127.0.0.1")), caller)


def open_desk(store: Store, clock: FixedClock, issuers: Iterable[str]) -> Desk:
    box = AesSecretBox("a secret of thirty-two characters or more")
    client = OidcClient(GuardedCalls([issuer.removeprefix("http://") for issuer in issuers]), clock)
    sessions = SessionOpener(clock, AccessTokens(box.signing_key("access-token"), PUBLIC_URL))
    logins = ExternalLogins(store, box, clock, PUBLIC_URL)
    return Desk(
        ProviderService(store, client, box, clock, PUBLIC_URL),
        ExternalSignInService(store, client, logins, sessions, clock),
        LinkedIdentityService(store, clock),
        store,
        clock,
    )


def fresh(household: Household, clock: FixedClock) -> TenantScope:
    """The owner of a household, having just proved who they are."""
    return replace(household.owner, authenticated_at=clock.now())
