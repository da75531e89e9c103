"""Reflex entry point: puts the pages, the guard and the REST interface into one app."""

import reflex as rx

from ragapp.ui.components.connection_line import connection_line
from ragapp.ui.guard import Guard
from ragapp.ui.routes import add_pages
from ragapp.ui.theme import STYLESHEETS, head_components

app = rx.App(
    html_lang="hr",
    reset_style=False,
    stylesheets=list(STYLESHEETS),
    head_components=head_components(),
)
app.app_wraps[(5, "Overlay")] = lambda stateful: connection_line() if stateful else None
app.add_middleware(Guard())
add_pages(app)
