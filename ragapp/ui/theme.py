"""What every page of the app loads: stylesheets, scripts and the head."""

import reflex as rx

STYLESHEETS = (
    "/styles.css",
    "/kit.css",
    "/shell.css",
    "/chat.css",
    "/evidence.css",
    "/pages.css",
    "/admin.css",
    "/sharing.css",
)
"""`styles.css` holds the tokens; the others only use them."""

SCRIPTS = (
    "tips",
    "keys",
    "chips",
    "escape",
    "replace",
    "arrows",
    "composer",
    "scroll",
    "stage",
    "evidence",
    "drop",
    "uploads",
    "entry",
    "viewer",
    "broken",
    "textfiles",
)
"""The scripts under `assets/js`; each does one thing and talks to elements by their data attributes."""
_FONT = "/fonts/inter-latin-wght-normal.woff2"


def head_components() -> list[rx.Component]:
    """Return what goes into the head of every page."""
    return [
        rx.el.link(rel="preload", href=_FONT, custom_attrs={"as": "font"}, type="font/woff2", cross_origin="anonymous"),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        # Stricter would hide the origin of our own forms from our own server.
        rx.el.meta(name="referrer", content="same-origin"),
        *[rx.el.script(src=f"/js/{name}.js", defer=True) for name in SCRIPTS],
    ]
