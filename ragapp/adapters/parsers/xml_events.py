"""XML as a stream of start, end and text events; no tree, no DTD, no entities, so no bomb of either kind."""

from collections.abc import Iterable, Mapping
from typing import NoReturn, Protocol
from xml.parsers import expat

from ragapp.core.errors import ParseFailed

Attributes = Mapping[str, str]


class XmlHandler(Protocol):
    """What is done with the events; names and attribute names come without their namespace."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Character data, possibly in several pieces."""


def read_xml(pieces: Iterable[bytes], handler: XmlHandler) -> None:
    """Feed a document to a handler.

    Raises:
        ParseFailed: not well-formed, or it declares a document type.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: handler.start(_local(name), _by_local_name(attributes))
    parser.EndElementHandler = lambda name: handler.end(_local(name))
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    empty = True
    try:
        for piece in pieces:
            empty = False
            parser.Parse(piece, False)
        if not empty:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ParseFailed(details={"xml_error": error.code}) from error


def _by_local_name(attributes: Attributes) -> Attributes:
    """Return the attributes without namespaces; `r:id`, a reference, hides a plain `id` beside it."""
    named = {_local(key): value for key, value in attributes.items()}
    if len(named) == len(attributes):
        return named
    return {**named, **{_local(key): value for key, value in attributes.items() if " " in key}}


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse_document_type(*_: object) -> NoReturn:
    raise ParseFailed(details={"cause": "document_type"})


