"""Where a redirect after sign-in may lead: a path of this site, never another site."""

import re

_LOCAL_PATH = re.compile(r"/(?![/\\])[!#-&(-\[\]^_a-z{-~]*", re.ASCII)
_MAX_CHARACTERS = 2000
_NOT_PAGES = ("/auth", "/api", "/v1", "/sign-in", "/welcome", "/_event", "/_upload")


def safe_path(path: str) -> str:
    """Return `path` when it is an absolute path of this site that shows a page, otherwise "/".

    Browsers drop tabs and line breaks from an address and read a backslash as a slash, so anything but printable ASCII
    without quotes and backslashes is refused, and so is a second slash at the start.
    """
    if len(path) > _MAX_CHARACTERS or not _LOCAL_PATH.fullmatch(path):
        return "/"
    first = re.split(r"[?#]", path, maxsplit=1)[0]
    if any(first == prefix or first.startswith(f"{prefix}/") for prefix in _NOT_PAGES):
        return "/"
    return path
