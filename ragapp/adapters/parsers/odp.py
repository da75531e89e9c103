"""ODP: OpenDocument presentations; slides as pages, titles as headings, with tables, charts and speaker notes."""

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.adapters.parsers.odt import OpenBody
from ragapp.adapters.parsers.office_package import read_title
from ragapp.adapters.parsers.open_document import CONTENT, note_macros, open_document
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.errors import DocumentTooComplex
from ragapp.rag.types import ParsedDocument

_TITLES = frozenset({"title"})
_REPEATED = frozenset({"footer", "header", "date-time", "page-number", "page"})


def parse(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Return the text of a presentation; page n is slide n, with its speaker notes at the end of the page.

    Raises:
        EncryptedFile: it needs a password. ParseFailed: it is damaged.
        DocumentTooComplex: it has more slides, or inflates to more, than allowed.
    """
    archive, builder = open_document(data, limits), TextBuilder(limits)
    read_xml(archive.stream(CONTENT), _Slides(builder, archive, limits))
    note_macros(builder, archive)
    return builder.build(read_title(archive, "meta.xml"), paged=True)


class _Slides(OpenBody):
    """Reads content.xml: a page of the drawing is a slide, and a frame says what it is for."""

    def __init__(self, builder: TextBuilder, archive: BoundedArchive, limits: ParseLimits) -> None:
        super().__init__(builder, archive)
        self._limits = limits
        self._slide_count = 0
        self._frames: list[str] = []
        self._left_out = 0

    def start(self, name: str, attributes: Attributes) -> None:
        role = attributes.get("class", "") if name in {"frame", "custom-shape", "page-thumbnail"} else ""
        if self._left_out or role in _REPEATED:
            self._left_out += 1
            return
        if name == "page":
            self._start_slide()
        elif name in {"frame", "custom-shape"}:
            self._frames.append(role)
            self._title_level = 1 if role in _TITLES else 0
        super().start(name, attributes)

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        if name in {"frame", "custom-shape"} and self._frames:
            self._frames.pop()
            self._title_level = 0
        super().end(name)

    def text(self, data: str) -> None:
        if not self._left_out:
            super().text(data)

    def _start_slide(self) -> None:
        if self._slide_count:
            self.builder.break_page()
        self._slide_count += 1
        if self._slide_count > self._limits.page_count:
            raise DocumentTooComplex(details={"page_count": self._slide_count})
