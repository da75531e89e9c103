"""A throw-away installation for showing: samples loaded, signed in, opened in the browser, gone when it is closed.

Nothing outside a temporary folder is touched or read: what is set for the installation that belongs to this machine
(database, key, mail, proxies) does not count here, only which models there are. No network is needed.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragapp.bootstrap import open_services
from ragapp.config import Settings, desktop_language, has_display, replace_settings
from ragapp.logs import configure_logs
from ragapp.services.identity.people import NewAccount
from ragapp.services.registry import Services
from ragapp.services.views import Credential

EMAIL = "demo@example.org"
_KEPT = ("models_dir", "embedder", "embedder_model", "embedder_dimension", "embedder_threads", "generator",
         "generator_model", "ollama_host", "ollama_keep_alive", "max_context_tokens", "log_level")  # fmt: skip
"""What is true of the machine, not of the installation on it."""
_PREFIX = "ragapp-demo-"
_LOOK_EVERY_S = 0.2
_present: "Demo | None" = None


@dataclass
class Demo:
    """One running demonstration.

    `door` is the path that signs in, once, whoever opens it; `credential` is what they get there. The demonstration
    ends `gone_after_s` after the last page was closed, if one was ever open; 0: only when it is stopped.
    """

    settings: Settings
    credential: Credential
    password: str
    door: str
    opens_browser: bool
    gone_after_s: float

    @property
    def link(self) -> str:
        """The address that signs in."""
        return f"http://{self.settings.host}:{self.settings.port}{self.door}"


def run_demo(*, port: int = 0, opens_browser: bool = True, gone_after_s: float = 30) -> None:
    """Make the installation, serve it until it is stopped or its last page is closed, and remove it.

    Args:
        port: Where; 0 for a free one.
        opens_browser: Whether to open it; where there is no screen its address is printed instead.
        gone_after_s: How long after the last page was closed it ends; 0: only when it is stopped.
    """
    from ragapp.server import serve

    global _present
    _sweep()
    with _stopped_by_signals(), _folder() as folder:
        settings = _settings_in(folder, port or _free_port())
        _say("Preparing the demonstration: the sample documents are being read …")
        credential, password = asyncio.run(_prepare(settings))
        door = f"/demo/{secrets.token_urlsafe(24)}"
        _present = Demo(settings, credential, password, door, opens_browser, gone_after_s)
        serve(settings, app="ragapp.demo:build_demo_app")


def build_demo_app() -> ASGIApp:
    """Build the application with the door and the watch over open pages around it; called by the server."""
    from ragapp.ragapp import app

    if _present is None:
        raise RuntimeError("A demonstration is started by `python -m ragapp demo`.")
    return _Wrapped(app(), _present)


class _Wrapped:
    """The application, with a door that signs in once, and an eye on how many pages are open."""

    def __init__(self, app: ASGIApp, demo: Demo) -> None:
        self._app = app
        self._demo = demo
        self._is_door_open = True
        self._open_pages = 0
        self._was_opened = False
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._announcing(send))
        elif scope["type"] == "websocket":
            await self._counted(scope, receive, send)
        elif scope["type"] == "http" and secrets.compare_digest(scope["path"].encode(), self._demo.door.encode()):
            await self._let_in(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _let_in(self, request: Request) -> RedirectResponse:  # noqa: ARG002 - anybody who has the link, once
        from ragapp.api.visits import keep_session

        response = RedirectResponse("/", status_code=303, headers={"Cache-Control": "no-store"})
        if self._is_door_open:
            self._is_door_open = False
            keep_session(response, self._demo.credential)
        return response

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._open_pages, self._was_opened = self._open_pages + 1, True
        try:
            await self._app(scope, receive, send)
        finally:
            self._open_pages -= 1

    def _announcing(self, send: Send) -> Send:
        async def announce(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._watch = asyncio.create_task(self._run())

        return announce

    async def _run(self) -> None:
        """Wait until the server listens, show the way in, then end the process once every page is closed."""
        await _listening(self._demo.settings)
        _show_way_in(self._demo)
        loop = asyncio.get_running_loop()
        seen_at = loop.time()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._open_pages or not self._was_opened:
                seen_at = loop.time()
            elif self._demo.gone_after_s and loop.time() - seen_at > self._demo.gone_after_s:
                _say("The last page was closed: the demonstration is over.")
                os.kill(os.getpid(), signal.SIGTERM)
                return


async def _prepare(settings: Settings) -> tuple[Credential, str]:
    """Create the owner, read the samples, and return the owner's session and password."""
    configure_logs("warning")
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    account = NewAccount(
        email=EMAIL, password=password, name="Demo", organisation="Demo", language=desktop_language()
    )
    async with open_services(settings) as services:
        token = await services.setup.renew_setup_token() or ""
        credential = await services.setup.create_first_owner(account, setup_token=token, load_samples=True)
        await _until_read(services, credential)
    return credential, password


async def _until_read(services: Services, credential: Credential) -> None:
    scope = await services.access.scope_of_session(credential.token)
    while True:
        if not (await services.documents.list(scope, limit=1, is_in_progress=True)).items:
            return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _listening(settings: Settings) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(settings.host, settings.port)
            writer.close()
            return
        await asyncio.sleep(_LOOK_EVERY_S)


def _show_way_in(demo: Demo) -> None:
    is_opened = demo.opens_browser and _open_browser(demo.link)
    where = "It opens in your browser" if is_opened else "Open it in a browser"
    _say(f"The demonstration is ready. {where}; the address signs in once:\n  {demo.link}")
    _say(f"Signed in as {EMAIL}; where a page asks for the password, it is: {demo.password}")
    _say("It is removed when you close it or press Ctrl-C.")


def _open_browser(link: str) -> bool:
    """Open the address and return whether a browser took it; without a screen, one in the terminal would hide all."""
    if not (os.name == "nt" or sys.platform == "darwin" or has_display()):
        return False
    try:
        return webbrowser.open(link)
    except (webbrowser.Error, OSError):
        return False


def _settings_in(folder: Path, port: int) -> Settings:
    """Return settings that hold in this folder only, and make them those of the application too."""
    machine = Settings()
    watched = folder / "watched"  # empty, whatever is watched elsewhere
    watched.mkdir()
    own = {
        "data_dir": folder / "data",
        "watch_dir": watched,
        "port": port,
        "host": "127.0.0.1",
        "public_url": f"http://127.0.0.1:{port}",
    }
    kept = {name: getattr(machine, name) for name in _KEPT}
    return replace_settings({**kept, **own})


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder of this process, readable by its user only, removed at the end; its name says whose it is."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what a demonstration left that was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let a signal end the process in order, also before and after the server answers to it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    def hang_up(_number: int, _frame: FrameType | None) -> None:
        os.kill(os.getpid(), signal.SIGTERM)  # the server knows this one

    signal.signal(signal.SIGTERM, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, hang_up)
    with contextlib.suppress(KeyboardInterrupt):
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
