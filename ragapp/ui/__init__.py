"""Reflex edge: guard, session, feedback, messages, theme; states, pages, components and the kit."""
