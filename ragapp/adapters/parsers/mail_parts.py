"""The parts of an e-mail as a person meets them: what is read in the window, and what hangs on it as files."""

import codecs
import email
import mimetypes
import re
from collections.abc import Iterator
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from pathlib import PurePosixPath

from ragapp.adapters.parsers.encoding import decode_text, is_wide
from ragapp.core.errors import ParseFailed
from ragapp.core.file_types import extensions_by_media_type

# The standard library breaks on sloppy addresses, and text is all that is wanted of them.
_HEADERS = HeaderRegistry()
for _name in ("from", "to", "cc"):
    del _HEADERS.registry[_name]
_POLICY = EmailPolicy(header_factory=_HEADERS)
_MAX_DEPTH = 50
MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
CALENDARS = frozenset({"text/calendar", "application/ics"})
# For mail programs, not for their readers.
_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_MAX_NAME_CHARS = 200
_RAW_NAME = re.compile(r";\s*filename=\"?([^\";\r\n]+)", re.IGNORECASE)


def parse_message(data: bytes) -> EmailMessage:
    """Return a message; a file that was saved as UTF-16 is read as the text it is."""
    raw = data.lstrip().removeprefix(codecs.BOM_UTF8)
    if is_wide(raw):
        raw = decode_text(raw).lstrip("\ufeff").encode()
    message = email.message_from_bytes(raw, policy=_POLICY)
    return message if isinstance(message, EmailMessage) else EmailMessage()


def readable(value: object) -> str:
    """Return a header's text; bytes in no stated encoding, lone surrogates here, in the one they seem to have."""
    text = str(value or "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _decoded(text)
    return text


def _decoded(text: str) -> str:
    try:
        return decode_text(text.encode("utf-8", "surrogateescape"))
    except (ParseFailed, UnicodeEncodeError):
        return text.encode("utf-8", "replace").decode()


def payload_of(part: Message) -> bytes:
    """Return the decoded bytes of a part that is no container."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def inner_message(part: Message) -> EmailMessage | None:
    """Return the message that a part forwards."""
    payload = part.get_payload()
    if not isinstance(payload, list) or not payload:
        return None
    inner = payload[0]
    encoding = readable(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in {"base64", "quoted-printable"} and isinstance(inner, Message) and not inner.keys():
        # Forbidden, and sent all the same.
        wrapped = EmailMessage()
        wrapped["Content-Transfer-Encoding"] = encoding
        wrapped.set_payload(inner.get_payload())
        return parse_message(payload_of(wrapped))
    return inner if isinstance(inner, EmailMessage) else None


def is_attachment(part: Message, *, is_related: bool = False) -> bool:
    """Return whether a part hangs on the message as a file; pictures that only adorn its text do not.

    `is_related` says that the part stands beside a page that shows it.
    """
    kind = part.get_content_type()
    if part.is_multipart() or kind in MESSAGES or kind in CALENDARS or kind in _SIGNATURES:
        return False
    disposition = part.get_content_disposition()
    if disposition == "attachment":
        return True
    if is_related:
        return False
    is_text = kind.startswith("text/") or kind == "message/delivery-status"
    return not is_text or (part.get_filename() is not None and disposition != "inline")


def find_attachments(part: Message, depth: int = 0, *, is_related: bool = False) -> Iterator[Message]:
    """Yield the files that hang on a message and on the messages it forwards, in order."""
    kind = part.get_content_type()
    if depth > _MAX_DEPTH:
        return
    if kind in MESSAGES:
        inner = inner_message(part)
        if inner is not None:
            yield from find_attachments(inner, depth + 1)
    elif part.is_multipart():
        for number, child in enumerate(children_of(part)):
            yield from find_attachments(child, depth + 1, is_related=kind == "multipart/related" and number > 0)
    elif is_attachment(part, is_related=is_related):
        yield part


def children_of(part: Message) -> list[Message]:
    """Return the parts of a container."""
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def name_of(part: Message) -> str:
    """Return the file name that a part states, decoded whatever way it is written; "" for none."""
    try:
        name = readable(part.get_filename())
    except (ValueError, LookupError):
        return ""
    if "\ufffd" in name:
        # The standard library drops bytes that are in no stated encoding.
        raw = next((str(value) for key, value in part.raw_items() if key.lower() == "content-disposition"), "")
        found = _RAW_NAME.search(raw)
        name = readable(found[1]) if found else name
    return " ".join(name.split())


def file_name_of(part: Message, number: int) -> str:
    """Return a name for the file: the stated one without folders, or one made from its number and type."""
    stated = PurePosixPath(name_of(part).replace("\\", "/")).name
    stem, _, extension = stated.rpartition(".")
    if len(stated) > _MAX_NAME_CHARS:
        stated = f"{stem[: _MAX_NAME_CHARS - 20]}.{extension[:16]}" if stem else stated[:_MAX_NAME_CHARS]
    kind = part.get_content_type()
    usual = extensions_by_media_type().get(kind) or mimetypes.guess_extension(kind) or ""
    return stated or f"attachment-{number + 1}{usual}"
