"""What of a passage the embedder reads."""

import hashlib


def passage_text(heading: str, text: str) -> str:
    """Return the passage under the path of its headings: a passage rarely repeats what its heading says."""
    return f"{heading}\n{text}" if heading else text


def words_digest(words: str) -> bytes:
    """Return what tells that an embedder was given the same words before."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).digest()
