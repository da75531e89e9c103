"""What runs while the web app runs: the services, and on a new installation the invitation to set it up."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ragapp.bootstrap import Application, Mode, open_application
from ragapp.config import Settings
from ragapp.core.errors import RagAppError
from ragapp.logs import configure_logs
from ragapp.services.registry import install, uninstall

_COLLECT_AFTER_OBJECTS = 20_000


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Open everything before the first request and close it after the last."""
    settings = Settings()
    configure_logs(settings.log_level)
    async with open_application(settings, mode=Mode.OWNER) as application:
        install(application.services)
        try:
            await _greet(application, settings)
            _settle()
            yield
        finally:
            uninstall()


def _settle() -> None:
    """Take what start-up has made out of the collector's sight: it stays, and walking it delays everybody."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 50)


async def _greet(application: Application, settings: Settings) -> None:
    try:
        await application.services.health.warm_up()
    except RagAppError as error:
        _say(f"The embedding model cannot be loaded ({error.user_message}). `python -m ragapp doctor` says more.")
    address = settings.effective_public_url
    _say(f"ragapp is ready: {address}")
    token = await application.services.setup.renew_setup_token()
    if token is not None:
        _say(f"Create the first account: {address}/welcome?token={token}\nSet-up token: {token}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
