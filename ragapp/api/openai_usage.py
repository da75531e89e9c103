"""Token counts for clients that expect some: estimates, nobody is charged by them."""

_CHARACTERS_PER_TOKEN = 3


def estimate_tokens(text: str) -> int:
    """Return about how many tokens `text` has; Croatian takes about 2.7 characters each, English about 4.2."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def usage_of(prompt_tokens: int, answer: str) -> dict[str, int]:
    """Return a `schemas.openai.Usage`."""
    written = estimate_tokens(answer)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": written,
        "total_tokens": prompt_tokens + written,
    }
