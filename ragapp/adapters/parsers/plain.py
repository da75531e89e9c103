"""Plain text."""

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_text
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.rag.types import ParsedDocument


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:  # noqa: ARG001 - one signature for every format
    """Return the text of a plain file; it has neither pages nor headings."""
    return ParsedDocument(clean(decode_text(data)))
