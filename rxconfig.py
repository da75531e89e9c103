"""Reflex's own settings. Loaded early and more than once: imports no page and no state."""

import reflex as rx

from ragapp.ui.build_plugin import SameOriginPlugin

config = rx.Config(
    app_name="ragapp",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    cors_allowed_origins=[],  # nobody else; our own origin is checked by api/origins.py
    redis_token_expiration=8 * 3600,
    plugins=[SameOriginPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
