"""Production entry: set Reflex's production flags, then serve the prebuilt app on one port with one worker."""

import os
import sys
from pathlib import Path

from ragapp.config import Settings
from ragapp.connections import ConnectionRegistry, connection_limits
from ragapp.core.errors import ConfigurationError
from ragapp.logs import configure_logs

_BUILD = Path(".web/build/client/index.html")
_GRACE_S = 20
_SPARE_TASKS = 64
"""Connections that are about to end still count for uvicorn's own limit."""
# A thread that comes back from native code waits this long for a busy interpreter; several do in every search.
_SWITCH_INTERVAL_S = 0.0005


def prepare_environment(settings: Settings) -> None:
    """Tell Reflex, before it is imported, that everything is compiled: no Node, no compile, no network."""
    uploads = settings.data_dir / "reflex-uploads"  # Reflex serves this folder publicly: it stays empty
    # What was given on the command line reaches the application, which reads the environment itself.
    os.environ.update(RAGAPP_HOST=settings.host, RAGAPP_PORT=str(settings.port))
    for name, value in {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_SOCKET_INTERVAL": "10s",
        "REFLEX_SOCKET_TIMEOUT": "20s",
        "REFLEX_UPLOADED_FILES_DIR": str(uploads.resolve()),
        **_page_state(settings),
    }.items():
        os.environ.setdefault(name, value)


def _page_state(settings: Settings) -> dict[str, str]:
    """Keep what a tab shows in memory, or in Redis; Reflex's own default is pickles in the working folder."""
    if settings.redis_url:
        return {"REFLEX_REDIS_URL": settings.redis_url, "REFLEX_STATE_MANAGER_MODE": "redis"}
    return {"REFLEX_STATE_MANAGER_MODE": "memory"}


def serve(settings: Settings, *, app: str = "ragapp.ragapp:app") -> None:
    """Serve until a signal arrives; drains for at most 20 s.

    Args:
        settings: What the operator wants.
        app: Where the application's factory is.

    Raises:
        ConfigurationError: the web app has not been built.
    """
    if not _BUILD.is_file():
        raise ConfigurationError("The web app is not built yet. Run `make setup` first.")
    prepare_environment(settings)
    import uvicorn

    from ragapp.api.socket_packets import MAX_MESSAGE_BYTES
    from ragapp.http_protocol import bounded_protocols

    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    # What is configured here holds for messages from before the application is imported, too.
    configure_logs(settings.log_level)
    limits = connection_limits(settings.connections_per_address)
    http, websocket = bounded_protocols(ConnectionRegistry(limits), settings.proxies)
    uvicorn.run(
        app,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=1,
        http=http,
        ws=websocket,
        ws_max_size=MAX_MESSAGE_BYTES,
        limit_concurrency=limits.total + _SPARE_TASKS,
        proxy_headers=False,  # api/forwarded.py knows whom to believe
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_GRACE_S,
    )


if __name__ == "__main__":
    try:
        serve(Settings())
    except ConfigurationError as error:
        sys.exit(str(error))
