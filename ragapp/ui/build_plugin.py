"""Makes one frontend build work on every host and port."""

import gzip
import re
from pathlib import Path
from typing import Any

from reflex_base.plugins.base import Plugin

_BAKED = re.compile(r"([`\"'])(http|ws)s?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?([^`\"']*)\1")
_ORIGIN = {"http": "${location.origin}", "ws": '${location.origin.replace(/^http/,"ws")}'}


class SameOriginPlugin(Plugin):
    """Rewrites the server address that Reflex bakes into the build to the address the page came from."""

    def post_build(self, **context: Any) -> None:
        """Rewrite the environment chunk and, where it exists already, its compressed twin.

        Raises:
            FileNotFoundError: the build has no such chunk; without it the page would talk to the wrong port.
        """
        chunks = sorted((Path(context["static_dir"]) / "assets").glob("reflex-env-*.js"))
        if not chunks:
            raise FileNotFoundError("assets/reflex-env-*.js is missing from the frontend build")
        for chunk in chunks:
            _rewrite(chunk)


def same_origin(script: str) -> str:
    """Return the script with every local http and ws address made relative to the page's origin."""
    return _BAKED.sub(lambda found: f"`{_ORIGIN[found[2]]}{found[3]}`", script)


def _rewrite(chunk: Path) -> None:
    script = same_origin(chunk.read_text(encoding="utf-8"))
    chunk.write_text(script, encoding="utf-8")
    twin = chunk.with_name(f"{chunk.name}.gz")
    if twin.exists():
        twin.write_bytes(gzip.compress(script.encode(), mtime=0))
