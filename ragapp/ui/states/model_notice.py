"""Whether a language model writes the answers."""

import reflex as rx

from ragapp.services.registry import current

_NO_MODEL = "extractive"


class ModelNoticeState(rx.State):
    """A slim, dismissible notice; never a wall."""

    dismissed: str = rx.LocalStorage("", name="ragapp.model-notice-dismissed")
    no_model: bool = False

    @rx.event(background=True, supersedes=True)
    async def load(self) -> None:
        """Ask how answers are made; a slow model server must not hold the page."""
        health = await current().health.check()
        async with self:
            self.no_model = health.generator == _NO_MODEL

    @rx.event
    def dismiss(self) -> None:
        """Put the notice away in this browser."""
        self.dismissed = "yes"
