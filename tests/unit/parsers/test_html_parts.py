import pytest

from ragapp.adapters.parsers import html
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.rag.types import ParsedDocument


def read(page: str) -> ParsedDocument:
    return html.parse(page.encode(), ParseLimits())


@pytest.mark.parametrize(
    "page",
    [
        "<p>seen<div hidden>gone<div>gone</div>gone</div><p>seen",
        '<p>seen<p style="display:none">gone<p>seen',
        '<p>seen<div style="color:red; DISPLAY : none !important">gone</div><p>seen',
        "<ul><li>seen<li hidden>gone<li>seen</ul>",
        '<table><tr><td>seen<td style="visibility:hidden">gone<td>seen</table>',
        "<p>seen<template><p>gone</template><p>seen",
        '<p>seen<input type=hidden value=gone><input hidden value=gone> seen',
        "<div>seen<dl><dt hidden>gone<dd>seen</dl></div>",
    ],
)
def test_what_is_hidden_is_left_out(page: str) -> None:
    assert "".join(read(page).text.replace("-", "").replace("|", "").split()) == "seenseen"


@pytest.mark.parametrize(
    "page",
    [
        "<button>Fees?</button><div>12 EUR</div>",
        "<details><summary>Fees?</summary><p>12 EUR</p></details>",
        '<button aria-controls="p1">Fees?</button><div id="p1" hidden>12 EUR</div>',
        '<a href="#p1">Fees?</a><div id=p1 style="display:none">12 EUR</div>',
        '<h3 data-bs-target="#p1">Fees?</h3><div id="p1" style="display: none">12 EUR</div>',
        '<p>Fees?</p><div role="tabpanel" hidden>12 EUR</div>',
        '<p>Fees?</p><div hidden="until-found">12 EUR</div>',
    ],
)
def test_a_part_that_the_page_opens_is_read(page: str) -> None:
    assert read(page).text == "Fees?\n\n12 EUR"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<nav><p>The museum opens at nine.</nav>", "The museum opens at nine."),
        ("<h1>A</h1><nav><a>Home</a><p>The museum opens at nine.</body>", "A\n\nHome\n\nThe museum opens at nine."),
        ("<noscript><p>The museum opens at nine.</p></noscript>", "The museum opens at nine."),
        ("<nav>Home<nav>Deep</nav></nav><p>Text", "Text"),
        ("<nav>Home</nav><noscript>Turn it on</noscript><div>Text</div>", "Text"),
        ("<nav>Home<main><p>Text</main>", "Text"),
    ],
)
def test_navigation_is_left_out_only_where_something_else_remains(page: str, text: str) -> None:
    assert read(page).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<label>Name</label><input value='Ana 771'>", "Name Ana 771"),
        ("<input type=checkbox checked> Yes <input type=radio> No", "☒ Yes ☐ No"),
        ("<select><option>One<option selected>Two</select> kept", "Two kept"),
        ("<select><optgroup label=x><option>S</option><option>M</option></optgroup></select>", "S, M"),
        ("<textarea>typed\nnote</textarea>", "typed note"),
        ("a<input type=password value=secret>b<button>Save</button>c", "a b Save c"),
        ("<p>See <img src=x alt='Floor plan of hall B'> here", "See Floor plan of hall B here"),
        ("<p>a<img alt='IMG_2031.jpg'><img alt=''>b", "ab"),
        ("<map><area alt='North wing'></map>", "North wing"),
    ],
)
def test_fields_and_pictures_say_what_they_hold(page: str, text: str) -> None:
    assert read(page).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<math><mfrac><mn>5</mn><mn>100</mn></mfrac></math>", "5/100"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac></math>", "(a+b)/c"),
        ("<math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><msqrt><mi>y</mi></msqrt></math>", "x^2=√y"),
        ("<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover></math>", "∑_i^n"),
        ("<math><mi>a</mi><annotation>\\alpha</annotation></math> b", "a b"),
        ("10<sup>6</sup> units, 34 m<sup>2</sup>, H<sub>2</sub>O", "10^6 units, 34 m2, H2O"),
        ("Price<sup>1</sup> is 5<span>00</span>, the 2<sup>nd</sup>", "Price 1 is 500, the 2nd"),
    ],
)
def test_formulas_and_raised_numbers_stay_readable(page: str, text: str) -> None:
    assert read(page).text == text


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("<table><tr><td><table><tr><td>Mo<td>8-16<tr><td>Tu<td>9-17</table></table>", ["Mo | 8-16", "Tu | 9-17"]),
        ("<table><tr><td>Left<td><table><tr><td>a<td>b</table>tail<td>end</table>", ["a | b", "Left", "end", "tail"]),
        ("<table><tr><td><table><tr><td><table><tr><td>a<td>1</table></table></table>", ["a | 1"]),
        ("<table><tr><td><table><tr><th>Q<th>P<tr><td>2<td>39</table><td>Sum</table>", ["Q | P", "2 | 39", "Sum"]),
        ("<table><tr><td>Head<tr><td><table><tr><td>Lamp<td>39 EUR</table></table>", ["Head", "Lamp | 39 EUR"]),
    ],
)
def test_rows_of_nested_tables_stay_rows(page: str, rows: list[str]) -> None:
    lines = read(page).text.split("\n")
    assert all(row in lines for row in rows)


def test_formulas_and_forms_may_be_nested_and_broken_without_end() -> None:
    assert read("<math>" + "<mfrac><mi>a</mi>" * 50_000 + "</math> end").text.endswith("end")
    assert read("<math></mrow></mfrac><mi>x</mi> left open").text
    assert read("<select>" * 1000 + "<option>x</option></select></select> end").text.endswith("end")
    assert read("<div hidden>" * 50_000 + "deep" + "</div>" * 50_000 + "end").text == "end"
