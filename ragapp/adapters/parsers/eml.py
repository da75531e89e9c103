"""EML: one e-mail as its reader sees it, with the messages it forwards; files that hang on it are named.

The files themselves are taken out by `eml_attachments`.
"""

import re
from email.message import EmailMessage, Message

from ragapp.adapters.parsers.calendar_events import read_events
from ragapp.adapters.parsers.cleaning import clean
from ragapp.adapters.parsers.encoding import decode_as, decode_text, is_wide
from ragapp.adapters.parsers.html import add_page, decode_page
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.mail_parts import (
    CALENDARS,
    MESSAGES,
    children_of,
    find_attachments,
    inner_message,
    is_attachment,
    name_of,
    parse_message,
    payload_of,
    readable,
)
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import ParsedDocument

_SHOWN_HEADERS = ("From", "To", "Cc", "Date")
_BYTES_PER_KILOBYTE = 1000
_MAX_DEPTH = 50
_MAX_LEVEL = 6
_WORD = re.compile(r"\w+")
# A plain part with fewer words than this may only stand in for the page beside it.
_FEW_WORDS = 80
_MORE_TIMES = 3
_STANDS_IN = re.compile(
    r"\bhtml\b|view (?:this|it|the) .{0,40}(?:browser|online)|plain.?text|pogledajte .{0,40}pregledniku", re.IGNORECASE
)


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return an e-mail: the subject as heading, who wrote to whom and when, the text; attachments are only named.

    Of the same text as plain text and as a page, the plain one is taken unless it is blank or only stands in for the
    page. Forwarded messages follow with their own subjects; invitations with what, when and where.

    Raises:
        ParseFailed: it has none of the headers of an e-mail.
    """
    message = parse_message(data)
    if not any(name in message for name in ("Subject", *_SHOWN_HEADERS)):
        raise ParseFailed
    builder = TextBuilder(limits)
    _Reader(builder, limits, is_utf8=is_wide(data.lstrip())).add_message(message, 1)
    attachments = list(find_attachments(message))
    add_rows(builder, [describe(name_of(part), part.get_content_type(), payload_of(part)) for part in attachments])
    return builder.build(attachment_count=len(attachments))


def add_rows(builder: TextBuilder, rows: list[str]) -> None:
    """Add lines that belong together."""
    for number, row in enumerate(rows):
        builder.add_row(row, first=number == 0)


def describe(name: str, content_type: str, content: bytes) -> str:
    """Return the line that names an attachment."""
    size_kb = -(-len(content) // _BYTES_PER_KILOBYTE)
    shown = f"{content_type}, {size_kb} kB" if size_kb else content_type
    return f"Attachment: {name} ({shown})" if name else f"Attachment: {shown}"


def only_stands_in(plain: str, page: str) -> bool:
    """Return whether a plain text is blank or a placeholder for the page with these words."""
    words = len(_WORD.findall(plain))
    if not words:
        return True
    if words >= _FEW_WORDS:
        return False
    there = len(_WORD.findall(page))
    return there > words * _MORE_TIMES or (there > words and _STANDS_IN.search(plain) is not None)


class _Reader:
    """Walks through the parts of a message. `is_utf8` says that the file was decoded before it was taken apart."""

    def __init__(self, builder: TextBuilder, limits: ParseLimits, *, is_utf8: bool) -> None:
        self._builder = builder
        self._limits = limits
        self._is_utf8 = is_utf8

    def add_message(self, message: EmailMessage, level: int) -> None:
        """Add a message; `level` is that of its subject among headings."""
        self._builder.add_heading(min(level, _MAX_LEVEL), readable(message["Subject"]))
        add_rows(self._builder, [f"{n}: {readable(message[n])}" for n in _SHOWN_HEADERS if n in message])
        self._add_part(message, level)

    def _add_part(self, part: Message, level: int, *, is_related: bool = False) -> None:
        kind = part.get_content_type()
        if level > _MAX_DEPTH:
            return
        if kind in MESSAGES:
            inner = inner_message(part)
            if inner is not None:
                self.add_message(inner, level + 1)
        elif kind == "multipart/alternative":
            self._add_alternative(children_of(part), level)
        elif part.is_multipart():
            for number, child in enumerate(children_of(part)):
                self._add_part(child, level + 1, is_related=kind == "multipart/related" and number > 0)
        elif kind in CALENDARS:
            for event in read_events(self._text_of(part)):
                add_rows(self._builder, event)
        elif not is_attachment(part, is_related=is_related) and not is_related:
            self._add_text(part, kind)

    def _add_alternative(self, parts: list[Message], level: int) -> None:
        """Add the plain text or the page, and invitations whatever the text says."""
        plain = [part for part in parts if part.get_content_type() == "text/plain" and not is_attachment(part)]
        rich = [part for part in parts if part.get_content_type() == "text/html" or part.is_multipart()]
        shown = plain or rich[-1:]
        if plain and rich:
            text = "\n".join(self._text_of(part) for part in plain)
            if len(_WORD.findall(text)) < _FEW_WORDS and only_stands_in(text, self._words_of(rich[-1], level)):
                shown = rich[-1:]
        chosen = {id(part) for part in shown}
        for part in parts:
            if id(part) in chosen or part.get_content_type() in CALENDARS:
                self._add_part(part, level + 1)

    def _words_of(self, part: Message, level: int) -> str:
        builder = TextBuilder(self._limits)
        _Reader(builder, self._limits, is_utf8=self._is_utf8)._add_part(part, level + 1)
        return builder.build().text

    def _add_text(self, part: Message, kind: str) -> None:
        if kind == "text/html":
            add_page(self._builder, self._text_of(part, is_page=True))
        elif kind.startswith("text/") or kind.startswith("message/"):
            self._builder.add_verbatim(clean(self._text_of(part)).strip())

    def _text_of(self, part: Message, *, is_page: bool = False) -> str:
        payload = payload_of(part)
        encoding = readable(part.get("Content-Transfer-Encoding", "")).strip().lower()
        charset = part.get_content_charset("utf-8")
        if self._is_utf8 and encoding not in {"base64", "quoted-printable"}:
            charset = "utf-8"
        text = decode_as(payload, charset)
        if text is None:
            return decode_page(payload) if is_page else decode_text(payload)
        return text
