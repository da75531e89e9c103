"""The sign-in services one's own account is linked to."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import require_recent
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.external_choices import start_path
from ragapp.ui.states.language import language_of


@dataclass(frozen=True)
class LinkRow:
    """A link that there is; `seen_at` is ISO 8601."""

    key: str = ""
    service: str = ""
    seen_at: str = ""


@dataclass(frozen=True)
class OfferRow:
    """A service of the organisation: where linking starts, and where one confirms who one is."""

    key: str = ""
    name: str = ""
    link_action: str = ""
    confirm_href: str = ""
    is_linked: bool = False


class LinkedIdentitiesState(rx.State):
    """Links, services to link, and what the last attempt to link one came to."""

    links: list[LinkRow] = []
    offers: list[OfferRow] = []
    error_code: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the caller's links."""
        scope = await current_scope(self)
        self.error_code = str(self.router.url.query_parameters.get("error", ""))[:100]
        me = await current().accounts.me(scope)
        offered = await current().external_sign_in.choices(tenant_slug=me.tenant.slug)
        linked = await current().linked_identities.list(scope)
        self.links = [LinkRow(link.key, link.service, link.seen_at.isoformat()) for link in linked]
        names = {link.service for link in linked}
        self.offers = [
            OfferRow(
                choice.provider_id,
                choice.name,
                f"/auth/oidc/{choice.provider_id}/link",
                start_path(choice.provider_id, "fresh=1&next=/settings"),
                choice.name in names,
            )
            for choice in offered
        ]

    @rx.event
    async def link(self, key: str) -> list[EventSpec]:
        """Leave for one of the services offered, once it is clear who asks; the browser posts the form for it."""
        if key not in {offer.key for offer in self.offers}:
            return []
        try:
            require_recent(await current_scope(self), datetime.now(UTC))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return [rx.call_script(f"document.getElementById('link-{key}').submit()")]

    @rx.event
    async def unlink(self, key: str) -> list[EventSpec]:
        """Let a link go."""
        language = await language_of(self)
        try:
            await current().linked_identities.unlink(await current_scope(self), key)
        except RagAppError as error:
            return [feedback.show(error, language)]
        return [feedback.success(translate(language, "The link was removed")), LinkedIdentitiesState.load()]
