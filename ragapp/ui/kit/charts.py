"""Charts people read: one question each, few colours, numbers as the language writes them, and the same as a table.

The chart library is loaded with the pages that draw something only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from ragapp.ui.formatting import date, day_function, number, number_function, size, size_function
from ragapp.ui.i18n import t
from ragapp.ui.kit.data import scrolled_by_keys
from ragapp.ui.kit.types import Flag, Text

Points = rx.Var[list[dict[str, str | int]]]
"""One point per day: its `day` (ISO 8601) and a whole number per series."""

_HEIGHT = 200
_MARGIN = {"top": 8, "right": 8, "left": 0, "bottom": 0}
_GRID = "var(--line)"
_ROUND_BYTES = (
    "(sizes) => { const most = Math.max(4, ...sizes), unit = 1024 ** Math.min(4, Math.floor(Math.log(most) / "
    "Math.log(1024))), steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * unit), "
    "step = steps.find((size) => most <= 4 * size) ?? unit * 500, count = Math.max(1, Math.ceil(most / step)); "
    "return Array.from({length: count + 1}, (_, n) => n * step); }"
)


@dataclass(frozen=True)
class Series:
    """One line or one kind of bar: which number of a point it shows, its name, and one of the chart colours 1 to 4."""

    key: str
    name: Text
    colour: int = 1

    @property
    def paint(self) -> str:
        """The colour as CSS; it follows the theme."""
        return f"var(--chart-{self.colour})"


def line_chart(title: Text, points: Points, *series: Series, as_bytes: bool = False, text: Text = "") -> rx.Component:
    """How something goes up and down from day to day."""
    lines = [
        rx.recharts.area(
            data_key=each.key,
            name=cast("Any", each.name),
            stroke=each.paint,
            fill=each.paint,
            stroke_width=2,
            dot=False,
            is_animation_active=False,
            type_="monotone",
            custom_attrs={"fillOpacity": 0.14},
        )
        for each in series
    ]
    return _figure(title, text, points, series, rx.recharts.area_chart, lines, as_bytes=as_bytes)


def bar_chart(title: Text, points: Points, *series: Series, as_bytes: bool = False, text: Text = "") -> rx.Component:
    """How much on each day; several series stand on top of each other."""
    bars = [
        rx.recharts.bar(
            data_key=each.key,
            name=cast("Any", each.name),
            fill=each.paint,
            stack_id="all",
            max_bar_size=28,
            is_animation_active=False,
        )
        for each in series
    ]
    return _figure(title, text, points, series, rx.recharts.bar_chart, bars, as_bytes=as_bytes)


def chart_grid(*charts: rx.Component) -> rx.Component:
    """Charts beside each other, under each other where there is no room."""
    return rx.el.div(*charts, class_name="charts")


def _figure(
    title: Text,
    text: Text,
    points: Points,
    series: tuple[Series, ...],
    chart: Callable[..., rx.Component],
    shapes: list[rx.Component],
    *,
    as_bytes: bool,
) -> rx.Component:
    return rx.el.figure(
        rx.el.figcaption(
            rx.el.h3(title),
            rx.cond(text, rx.el.p(text, class_name="muted")),
            _legend(series) if len(series) > 1 else rx.fragment(),
        ),
        rx.cond(
            _is_empty(points, series),
            rx.el.p(t("Nothing in this period."), class_name="chart-empty"),
            rx.fragment(
                rx.el.div(
                    _plot(points, chart, shapes, _byte_scale(points, series) if as_bytes else {}),
                    class_name="chart-box",
                    aria_hidden="true",
                ),
                _table(title, points, series, as_bytes=as_bytes),
            ),
        ),
        class_name="card chart",
    )


def _plot(
    points: Points, chart: Callable[..., rx.Component], shapes: list[rx.Component], byte_scale: dict[str, Any]
) -> rx.Component:
    write = size_function() if byte_scale else number_function()
    return chart(
        rx.recharts.cartesian_grid(vertical=False, stroke=_GRID),
        rx.recharts.x_axis(
            data_key="day", tick_formatter=day_function(), tick_line=False, axis_line=False, min_tick_gap=24
        ),
        rx.recharts.y_axis(
            tick_formatter=write,
            tick_line=False,
            axis_line=False,
            allow_decimals=False,
            width=64 if byte_scale else 44,
            **byte_scale,
        ),
        rx.recharts.graphing_tooltip(
            cursor=cast("Any", {"fill": "var(--hover)", "stroke": _GRID}),
            is_animation_active=False,
            custom_attrs={"labelFormatter": day_function(), "formatter": write, "wrapperClassName": "chart-tip"},
        ),
        *shapes,
        data=points,
        height=_HEIGHT,
        margin=_MARGIN,
        custom_attrs={"accessibilityLayer": False},
    )


def _byte_scale(points: Points, series: tuple[Series, ...]) -> dict[str, Any]:
    """Return an axis with round numbers of kB, MB or GB: the library's own are round in bytes only."""
    total = " + ".join(f"(point?.[`{each.key}`] ?? 0)" for each in series)
    script = f"({_ROUND_BYTES})({points!s}.map((point) => {total}))"
    ticks = rx.Var(script, _var_type=list[int], _var_data=points._get_all_var_data()).to(list[int])
    return {"ticks": ticks, "domain": rx.Var.create([0, rx.Var(f"{script}.at(-1)", _var_type=int)])}


def _legend(series: tuple[Series, ...]) -> rx.Component:
    return rx.el.ul(
        *[rx.el.li(rx.el.span(class_name="chart-key", style={"background": each.paint}), each.name) for each in series],
        class_name="chart-legend",
    )


def _table(title: Text, points: Points, series: tuple[Series, ...], *, as_bytes: bool) -> rx.Component:
    def row(point: Any) -> rx.Component:
        values = [point[each.key].to(int) for each in series]
        return rx.el.tr(
            rx.el.th(date(point["day"].to(str)), scope="row"),
            *[rx.el.td(size(value) if as_bytes else number(value), class_name="num") for value in values],
        )

    head = rx.el.tr(
        rx.el.th(t("Day"), scope="col"),
        *[rx.el.th(rx.el.span(each.name, class_name="num-head"), scope="col") for each in series],
    )
    return rx.el.details(
        rx.el.summary(t("Show as a table")),
        rx.el.div(
            rx.el.table(rx.el.thead(head), rx.el.tbody(rx.foreach(points, row)), class_name="table", aria_label=title),
            class_name="table-wrap",
            **scrolled_by_keys(title),
        ),
        class_name="chart-table",
    )


def _is_empty(points: Points, series: tuple[Series, ...]) -> Flag:
    total = " + ".join(f"(point?.[`{each.key}`] ?? 0)" for each in series)
    script = f"({points!s}.every((point) => ({total}) === 0))"
    return rx.Var(script, _var_type=bool, _var_data=points._get_all_var_data()).to(bool)
