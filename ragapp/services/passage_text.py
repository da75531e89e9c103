"""What of a passage the embedder reads."""


def passage_text(heading: str, text: str) -> str:
    """Return the passage under the path of its headings: a passage rarely repeats what its heading says."""
    return f"{heading}\n{text}" if heading else text
