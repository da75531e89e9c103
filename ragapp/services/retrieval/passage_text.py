"""What of a passage the embedder reads."""

import hashlib


def passage_text(title: str, heading: str, text: str) -> str:
    """Return the passage under its document's title and the path of its headings.

    A passage rarely repeats what they say, and they tell near-duplicates apart: two years, two firms.
    """
    return "\n".join(filter(None, (title, heading, text)))


def words_digest(words: str) -> bytes:
    """Return what tells that an embedder was given the same words before."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).digest()
