"""Task-process entry: works off the queue of an installation whose index lives on a server."""

import asyncio
import signal

from ragapp.bootstrap import Mode, open_application
from ragapp.config import Settings
from ragapp.logs import configure_logs


def run(settings: Settings) -> None:
    """Work until a signal arrives; running tasks are given back.

    Raises:
        ConfigurationError: a setting is impossible, or another process owns the data folder.
    """
    configure_logs(settings.log_level)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_application(settings, mode=Mode.OWNER):
        await stop.wait()
