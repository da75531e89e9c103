"""What of a passage the embedder reads."""

import hashlib
from collections.abc import Sequence


def passage_text(heading: str, text: str, columns: Sequence[str] = ()) -> str:
    """Return the passage under the path of its headings: a passage rarely repeats what its heading says.

    Args:
        heading: The path.
        text: The passage, verbatim.
        columns: Of rows of a table that do not begin with its header: the names of the columns.
    """
    names = " | ".join(filter(None, columns))
    return "\n".join(filter(None, (heading, names, text)))


def words_digest(words: str) -> bytes:
    """Return what tells that an embedder was given the same words before."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).digest()
