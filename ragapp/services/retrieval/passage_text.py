"""What of a passage the embedder reads."""

import hashlib
from collections.abc import Sequence


def passage_text(title: str, heading: str, text: str, columns: Sequence[str] = ()) -> str:
    """Return the passage under its document's title and the path of its headings.

    A passage rarely repeats what they say, and they tell near-duplicates apart: two years, two firms.

    Args:
        title: What the document is called.
        heading: The path.
        text: The passage, verbatim.
        columns: Of rows of a table that do not begin with its header: the names of the columns.
    """
    names = " | ".join(filter(None, columns))
    return "\n".join(filter(None, (title, heading, names, text)))


def words_digest(words: str) -> bytes:
    """Return what tells that an embedder was given the same words before."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).digest()
