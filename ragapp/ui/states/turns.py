"""The turns made in this tab: one variable each, so that a new turn does not send the earlier ones again."""

TURN_COUNT = 64
"""Room for 32 questions and answers before the chat is loaded afresh."""


def turn_name(index: int) -> str:
    """Return the name of one turn's variable."""
    return f"turn_{index}"
