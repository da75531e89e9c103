"""MSG: one e-mail as Outlook saves it; read like any other e-mail."""

from oxmsg import Message
from oxmsg.attachment import Attachment

from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.eml import add_rows, describe, only_stands_in
from ragapp.adapters.parsers.html import add_page, decode_page
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.document_notes import NoteCode
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

_DISPLAY_TO, _DISPLAY_CC = 0x0E04, 0x0E03
_CONTENT_ID = 0x3712
_SHORT_NAME = 0x3704
_PAGE, _RICH_BODY = 0x1013, 0x1009
# What a damaged file makes the library raise.
_BROKEN = (ValueError, KeyError, IndexError, AssertionError, OSError, LookupError, AttributeError, TypeError)


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return an e-mail: the subject as heading, who wrote to whom and when, the text; attachments are only named.

    Raises:
        ParseFailed: it is damaged.
    """
    message = open_message(data)
    try:
        builder = TextBuilder(limits)
        builder.add_heading(1, message.subject)
        add_rows(builder, list(_headers(message)))
        _add_body(builder, message, limits)
        attachments = find_attachments(message)
        rows = [describe(name_of(found), found.mime_type or "", found.file_bytes or b"") for found in attachments]
        add_rows(builder, rows)
    except _BROKEN as error:
        raise ParseFailed(details={"cause": type(error).__name__}) from error
    return builder.build(attachment_count=len(attachments))


def open_message(data: bytes) -> Message:
    """Return the message of a file.

    Raises:
        ParseFailed: it is damaged.
    """
    try:
        return Message.load(data)
    except _BROKEN as error:
        raise ParseFailed(details={"cause": type(error).__name__}) from error


def find_attachments(message: Message) -> list[Attachment]:
    """Return the files that hang on a message, without the pictures that its page shows."""
    page = page_of(message)
    return [
        found
        for found in message.attachments
        if not ((content_id := found.properties.str_prop_value(_CONTENT_ID)) and f"cid:{content_id}" in page)
    ]


def page_of(message: Message) -> str:
    """Return the text of a message as a page; "" for none."""
    encoded = message.properties.binary_prop_value(_PAGE)
    return decode_page(encoded) if encoded else message.properties.str_prop_value(_PAGE) or ""


def name_of(attachment: Attachment) -> str:
    """Return the name of an attached file; "" for none."""
    name = attachment.file_name or attachment.properties.str_prop_value(_SHORT_NAME) or ""
    return " ".join(name.split())


def _headers(message: Message) -> list[str]:
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    to = headers.get("to") or message.properties.str_prop_value(_DISPLAY_TO) or ""
    copied = headers.get("cc") or message.properties.str_prop_value(_DISPLAY_CC) or ""
    sent = headers.get("date") or (message.sent_date.strftime("%Y-%m-%d %H:%M UTC") if message.sent_date else "")
    shown = {"From": message.sender or "", "To": to, "Cc": copied, "Date": sent}
    return [f"{name}: {value}" for name, value in shown.items() if value]


def _add_body(builder: TextBuilder, message: Message, limits: ParseLimits) -> None:
    plain, page = message.body or "", page_of(message)
    if not plain.strip() and not page and message.properties.binary_prop_value(_RICH_BODY):
        builder.add_note(NoteCode.PARTS_LEFT_OUT)
    if page and only_stands_in(plain, _words_of(page, limits)):
        add_page(builder, page)
    else:
        builder.add_verbatim(clean(plain).strip())


def _words_of(page: str, limits: ParseLimits) -> str:
    builder = TextBuilder(limits)
    add_page(builder, page)
    return builder.build().text
