"""Charts and diagrams (SmartArt) of Office documents: their words and numbers as tables and lists."""

from dataclasses import dataclass, field

from ragapp.adapters.parsers.archive import BoundedArchive
from ragapp.adapters.parsers.cleaning import clean_inline
from ragapp.adapters.parsers.office_package import Relationship
from ragapp.adapters.parsers.table_writer import TableWriter
from ragapp.adapters.parsers.text_builder import TextBuilder
from ragapp.adapters.parsers.xml_events import Attributes, read_xml
from ragapp.core.document_notes import NoteCode

CHART_KINDS = frozenset({"chart", "chartEx"})
DIAGRAM_KIND = "diagramData"
_MAX_POINTS = 100_000
_LABELS = frozenset({"cat", "xVal", "strDim"})
_VALUES = frozenset({"val", "yVal", "numDim"})


def add_graphic(builder: TextBuilder, archive: BoundedArchive, pointer: Relationship) -> None:
    """Add what a chart or diagram says, or a note that it says nothing."""
    if pointer.kind in CHART_KINDS:
        _add_chart(builder, archive, pointer.target)
    elif pointer.kind == DIAGRAM_KIND:
        _add_diagram(builder, archive, pointer.target)


def _add_chart(builder: TextBuilder, archive: BoundedArchive, part: str) -> None:
    chart, before = _Chart(), builder.save()
    read_xml(archive.stream(part), chart)
    builder.add_paragraph(chart.title)
    labels = next((series.labels for series in chart.series if series.labels), {})
    table = TableWriter(builder)
    names = [series.name for series in chart.series]
    if any(names) or chart.label_name:
        table.add_row([chart.label_name, *names], is_header=True)
    places = sorted({*labels, *(place for series in chart.series for place in series.values)})
    for place in places:
        table.add_row([labels.get(place, ""), *(series.values.get(place, "") for series in chart.series)])
    table.end()
    builder.add_paragraph(chart.value_name)
    if not builder.has_letters_since(before):
        builder.add_note(NoteCode.CHARTS_WITHOUT_TEXT)


def _add_diagram(builder: TextBuilder, archive: BoundedArchive, part: str) -> None:
    diagram = _Diagram()
    read_xml(archive.stream(part), diagram)
    items = diagram.in_order()
    for number, item in enumerate(items):
        builder.add_row(f"- {item}", first=number == 0)
    if not items:
        builder.add_note(NoteCode.CHARTS_WITHOUT_TEXT)


@dataclass(slots=True)
class _Series:
    """One row of numbers of a chart; labels and values by their place in it."""

    name: str = ""
    labels: dict[int, str] = field(default_factory=dict)
    values: dict[int, str] = field(default_factory=dict)


class _Chart:
    """Reads a chart part: its title, the names of its axes, and the values that it keeps of its cells."""

    def __init__(self) -> None:
        self.title = self.label_name = self.value_name = ""
        self.series: list[_Series] = []
        self._path: list[str] = []
        self._place = 0
        self._pieces: list[str] = []
        self._point_count = 0

    def start(self, name: str, attributes: Attributes) -> None:
        self._path.append(name)
        if name == "ser" or (name == "data" and "chartData" in self._path):
            self.series.append(_Series())
        elif name == "pt":
            stated = attributes.get("idx", "")
            self._place = int(stated) if stated.isdecimal() and len(stated) < 7 else 0
            self._pieces = []
        elif name in {"title", "tx"}:
            self._pieces = []

    def end(self, name: str) -> None:
        if self._path:
            self._path.pop()
        if name == "pt":
            self._end_point()
        elif name == "title":
            self._end_title()
        elif name == "p" and self._pieces:
            self._pieces.append(" ")

    def text(self, data: str) -> None:
        if self._path and self._path[-1] in {"t", "v", "pt"}:
            self._pieces.append(data)

    def _end_title(self) -> None:
        text, self._pieces = clean_inline("".join(self._pieces)), []
        if {"catAx", "dateAx"} & set(self._path):
            self.label_name = self.label_name or text
        elif "valAx" in self._path:
            self.value_name = self.value_name or text
        else:
            self.title = self.title or text

    def _end_point(self) -> None:
        text, self._pieces = clean_inline("".join(self._pieces)), []
        self._point_count += 1
        if not self.series or not text or self._point_count > _MAX_POINTS:
            return
        series, around = self.series[-1], set(self._path)
        if "tx" in around:
            series.name = f"{series.name} {text}".strip()
        elif around & _LABELS:
            # Of labels with several levels, the outer ones come later and stand in front.
            below = series.labels.get(self._place)
            series.labels[self._place] = text if below is None else f"{text} {below}"
        elif around & _VALUES:
            series.values[self._place] = text


class _Diagram:
    """Reads the data part of a diagram: its texts, and which stands under which."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._root = ""
        self._below: dict[str, list[tuple[int, str]]] = {}
        self._point = ""
        self._pieces: list[str] = []
        self._in_text = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "pt":
            self._point, self._pieces = attributes.get("modelId", ""), []
            self._root = self._point if attributes.get("type") == "doc" else self._root
        elif name == "cxn" and attributes.get("type", "parOf") == "parOf":
            stated = attributes.get("srcOrd", "")
            order = int(stated) if stated.isdecimal() and len(stated) < 7 else 0
            self._below.setdefault(attributes.get("srcId", ""), []).append((order, attributes.get("destId", "")))
        self._in_text = name == "t" and bool(self._point)

    def end(self, name: str) -> None:
        if name == "pt":
            self._texts[self._point], self._point = clean_inline("".join(self._pieces)), ""
        elif name == "p":
            self._pieces.append(" ")
        self._in_text = False

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)

    def in_order(self) -> list[str]:
        """Return the texts, each after what it stands under; those that stand nowhere come last."""
        seen: dict[str, None] = {}
        todo = [self._root]
        while todo:
            point = todo.pop()
            if point not in seen:
                seen[point] = None
                todo.extend(below for _, below in sorted(self._below.get(point, ()), reverse=True))
        return list(filter(None, (self._texts.get(point, "") for point in dict.fromkeys([*seen, *self._texts]))))
