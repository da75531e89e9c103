"""Reflex entry point: puts the pages, the guard and the REST interface into one app."""

import reflex as rx

from ragapp.api.app import build_api
from ragapp.api.forwarded import believe_trusted_proxies
from ragapp.api.headers import add_security_headers
from ragapp.api.origins import refuse_foreign_origins
from ragapp.api.socket_door import guard_sockets
from ragapp.lifespan import lifespan
from ragapp.ui.components.connection_line import connection_line
from ragapp.ui.components.crash_screen import crash_boundary
from ragapp.ui.guard import Guard, is_served_event
from ragapp.ui.page_failures import report_page_failure
from ragapp.ui.routes import add_pages
from ragapp.ui.theme import STYLESHEETS, head_components

app = rx.App(
    html_lang="hr",
    reset_style=False,
    stylesheets=list(STYLESHEETS),
    head_components=head_components(),
    api_transformer=[
        build_api(),
        guard_sockets(is_served_event),
        refuse_foreign_origins,
        add_security_headers,
        believe_trusted_proxies,
    ],
    frontend_exception_handler=report_page_failure,
)
app.app_wraps[(55, "ErrorBoundary")] = lambda stateful: crash_boundary()  # noqa: ARG005 - the framework's signature
app.app_wraps[(5, "Overlay")] = lambda stateful: connection_line() if stateful else None
app.add_middleware(Guard())
app.register_lifespan_task(lifespan)
add_pages(app)
