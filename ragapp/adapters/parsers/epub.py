"""EPUB: the chapters of a book in reading order, each an HTML page."""

import posixpath
from dataclasses import dataclass, field
from urllib.parse import unquote

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.html import add_page, decode_page
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.errors import EncryptedFile, ParseFailed
from ragapp.rag.types import ParsedDocument

# Books scramble their fonts this way; it hides no text.
_FONT_SCRAMBLING = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html"})


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a book without its table of contents; it has headings but no pages.

    Raises:
        EncryptedFile: it is copy-protected. ParseFailed: it is damaged.
        DocumentTooComplex: it inflates to more than allowed.
    """
    archive, container, encryption = BoundedArchive(data, limits), _Container(), _Encryption()
    read_xml(archive.stream("META-INF/encryption.xml"), encryption)
    if encryption.hides_text:
        raise EncryptedFile
    read_xml(archive.stream("META-INF/container.xml"), container)
    if container.package not in archive.names():
        raise ParseFailed
    package, builder = _Package(posixpath.dirname(container.package)), TextBuilder(limits)
    read_xml(archive.stream(container.package), package)
    for page in package.pages():
        chapter = b"".join(archive.stream(page))
        if chapter:
            add_page(builder, decode_page(chapter))
    return builder.build("".join(package.title))


class _NoText:
    """What readers share that look at attributes only."""

    def end(self, name: str) -> None:
        """Nothing waits for an end."""

    def text(self, data: str) -> None:
        """There is no text."""


@dataclass(slots=True)
class _Encryption(_NoText):
    """Reads META-INF/encryption.xml, which books without protection lack or use for their fonts only."""

    hides_text: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "EncryptionMethod" and attributes.get("Algorithm", "") not in _FONT_SCRAMBLING:
            self.hides_text = True


@dataclass(slots=True)
class _Container(_NoText):
    """Reads META-INF/container.xml: the name of the package document."""

    package: str = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "rootfile" and not self.package:
            self.package = attributes.get("full-path", "")


@dataclass(slots=True)
class _Package:
    """Reads the package document: the title, the listed files by id, and the reading order."""

    folder: str
    title: list[str] = field(default_factory=list)
    _files: dict[str, str] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _in_title: bool = False

    def pages(self) -> list[str]:
        """Return the members to read, in order and each once."""
        return list(dict.fromkeys(self._files[item] for item in self._order if item in self._files))

    def start(self, name: str, attributes: Attributes) -> None:
        self._in_title = name == "title" and not self.title
        is_page = attributes.get("media-type") in _PAGE_TYPES and "nav" not in attributes.get("properties", "").split()
        if name == "item" and is_page:
            location = posixpath.join(self.folder, unquote(attributes.get("href", "")))
            self._files[attributes.get("id", "")] = posixpath.normpath(location)
        elif name == "itemref":
            self._order.append(attributes.get("idref", ""))

    def end(self, name: str) -> None:  # noqa: ARG002 - one shape for every reader
        self._in_title = False

    def text(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
