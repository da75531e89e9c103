"""The reference page of the API, from assets on this machine: it works offline and under a strict policy."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse

DOCS_PATH = "/api/v1/docs"
OPENAPI_PATH = "/api/v1/openapi.json"

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ragapp API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{DOCS_PATH}/swagger-ui.css">
<div id="reference"></div>
<script src="{DOCS_PATH}/swagger-ui-bundle.js"></script>
<script src="{DOCS_PATH}/start.js"></script>
</html>
"""
_START = f"""SwaggerUIBundle({{
  url: "{OPENAPI_PATH}", dom_id: "#reference", deepLinking: true, persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout", validatorUrl: null,
}});
"""


def add_reference(api: FastAPI) -> None:
    """Add the page, its start script and its two assets."""
    assets = Path(str(files("fastapi_offline"))) / "static"

    async def show_page() -> Response:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})

    async def start() -> Response:
        return Response(_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    api.add_api_route(DOCS_PATH, show_page, include_in_schema=False)
    api.add_api_route(f"{DOCS_PATH}/start.js", start, include_in_schema=False)
    for asset in _ASSETS:
        api.add_api_route(f"{DOCS_PATH}/{asset}", _sender(assets / asset, _ASSETS[asset]), include_in_schema=False)


def _sender(path: Path, media_type: str) -> Callable[[], Awaitable[Response]]:
    async def send() -> Response:
        return FileResponse(path, media_type=media_type, headers={"Cache-Control": "public, max-age=86400"})

    return send
