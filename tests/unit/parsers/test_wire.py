"""What a child says about a document is checked before it is believed."""

import json
from typing import Any

import pytest

from ragapp.adapters.parsers import wire
from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import ParseFailed
from ragapp.rag.types import PageSpan, ParsedDocument

DOCUMENT = ParsedDocument(
    "text",
    (PageSpan(1, 0, 4),),
    notes=(DocumentNote(NoteCode.MACROS_LEFT_OUT, 2),),
    attachment_count=3,
    unread=(1,),
)


def changed(**values: Any) -> bytes:
    """Return the reply for the document with other things said in its header."""
    reply = wire.unpack_reply(wire.pack_document(DOCUMENT))
    header = json.dumps({**reply.header, **values}).encode()
    return wire.LENGTH.pack(len(header)) + header + reply.body


def test_a_document_comes_out_as_it_went_in() -> None:
    assert wire.unpack_document(wire.unpack_reply(wire.pack_document(DOCUMENT))) == DOCUMENT


@pytest.mark.parametrize(
    "values",
    [
        {"notes": [["no_such_code", 1]]},
        {"notes": [["macros_left_out"]]},
        {"notes": "macros"},
        {"unread": [2]},
        {"unread": ["x"]},
        {"attachment_count": "many"},
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ParseFailed):
        wire.unpack_document(wire.unpack_reply(changed(**values)))


def test_counts_are_bounded_and_added_up() -> None:
    notes = [["macros_left_out", 2], ["macros_left_out", 3], ["pages_unread", 10**12], ["charts_without_text", -5]]
    document = wire.unpack_document(wire.unpack_reply(changed(notes=notes)))
    assert document.notes == (
        DocumentNote(NoteCode.PAGES_UNREAD, 1_000_000),
        DocumentNote(NoteCode.MACROS_LEFT_OUT, 5),
    )
