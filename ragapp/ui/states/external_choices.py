"""The sign-in services that the sign-in page and the settings offer."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from ragapp.services.registry import current
from ragapp.ui.access import public

_MAX_CHARACTERS = 300


@dataclass(frozen=True)
class ChoiceRow:
    """A button: the service's name and where it leads."""

    id: str = ""
    name: str = ""
    href: str = ""


class ExternalChoicesState(rx.State):
    """Services of the tenant in the address (`?tenant=`), and of the domain of the address typed so far."""

    choices: list[ChoiceRow] = []
    next_path: str = "/"

    _tenant: str = ""

    @rx.event
    @public
    async def load(self) -> None:
        """Read the page's address."""
        query = self.router.url.query_parameters
        self._tenant = str(query.get("tenant", ""))[:_MAX_CHARACTERS]
        self.next_path = str(query.get("next", "/"))[:2000]
        await self._offer(str(query.get("email", ""))[:_MAX_CHARACTERS])

    @rx.event
    @public
    async def find(self, email: str) -> None:
        """Offer the services of an address's domain. Whether anybody has the address plays no part."""
        await self._offer(email[:_MAX_CHARACTERS])

    async def _offer(self, email: str) -> None:
        found = await current().external_sign_in.choices(tenant_slug=self._tenant, email=email)
        query = urlencode({"next": self.next_path, **({"email": email} if email else {})})
        rows = [ChoiceRow(choice.provider_id, choice.name, start_path(choice.provider_id, query)) for choice in found]
        self.choices = rows


def start_path(provider_id: str, query: str) -> str:
    """Return where a sign-in begins; a full page load, for it leaves the app."""
    return f"/auth/oidc/{provider_id}/start?{query}"
