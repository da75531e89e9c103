"""EML: one e-mail; its headers, its text, and the names of what was attached."""

import email
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_as, decode_text
from ragapp.adapters.parsers.html import add_page, decode_page
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

# The standard library breaks on sloppy addresses, and text is all that is wanted of them.
_HEADERS = HeaderRegistry()
for _name in ("from", "to", "cc"):
    del _HEADERS.registry[_name]
_SHOWN_HEADERS = ("From", "To", "Cc", "Date")
_BYTES_PER_KILOBYTE = 1000


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return an e-mail: the subject as heading, who wrote to whom and when, the text; attachments are only named.

    Of a message with both, the plain text is taken and not the HTML.

    Raises:
        ParseFailed: it has none of the headers of an e-mail.
    """
    message = email.message_from_bytes(data.lstrip(), policy=EmailPolicy(header_factory=_HEADERS))
    if not any(name in message for name in ("Subject", *_SHOWN_HEADERS)):
        raise ParseFailed
    builder = TextBuilder(limits)
    builder.add_heading(1, _header(message, "Subject"))
    _add_rows(builder, [f"{name}: {_header(message, name)}" for name in _SHOWN_HEADERS if name in message])
    _add_body(builder, message)
    _add_rows(builder, [_described(part) for part in message.iter_attachments()])
    return builder.build()


def _header(message: EmailMessage, name: str) -> str:
    # A header is decoded when it is looked at; bytes that fit no encoding come as lone surrogates.
    return str(message[name] or "").encode("utf-8", "replace").decode()


def _add_rows(builder: TextBuilder, rows: list[str]) -> None:
    for number, row in enumerate(rows):
        builder.add_row(row, first=number == 0)


def _add_body(builder: TextBuilder, message: EmailMessage) -> None:
    body = message.get_body(("plain", "html"))
    payload = _payload(body) if body is not None else b""
    if body is None or not payload.strip():
        return
    text = decode_as(payload, body.get_content_charset("utf-8"))
    if body.get_content_type() == "text/html":
        add_page(builder, decode_page(payload) if text is None else text)
    else:
        builder.add_verbatim(clean(decode_text(payload) if text is None else text).strip())


def _described(part: MIMEPart) -> str:
    name = str(part.get_filename() or "").encode("utf-8", "replace").decode()
    size_kb = -(-len(_payload(part)) // _BYTES_PER_KILOBYTE)
    shown = f"{part.get_content_type()}, {size_kb} kB" if size_kb else part.get_content_type()
    return f"Attachment: {name} ({shown})" if name else f"Attachment: {shown}"


def _payload(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
