"""Which scripts a page may run: those of this site, and the ones that stand in the built pages, by their digest."""

import base64
import hashlib
import re
from pathlib import Path

BUILT_PAGES = Path(".web/build/client")
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{digests}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'; form-action 'self'"
)


def build_page_policy(folder: Path = BUILT_PAGES) -> str:
    """Return the Content-Security-Policy of the pages.

    The framework evaluates strings of its own and sets styles at run time (docs/adr/0031); this stops every remote
    script, every script that somebody brings into a page, every form to elsewhere and every picture that would carry
    data out.

    Args:
        folder: Where the built pages are; without them no script in a page may run.
    """
    pages = sorted(folder.rglob("*.html")) if folder.is_dir() else []
    scripts = {script for page in pages for script in _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))}
    return _POLICY.format(digests="".join(f" {digest}" for digest in sorted(map(_digest, scripts))))


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
