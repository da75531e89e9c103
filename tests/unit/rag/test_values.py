import pytest

from ragapp.rag.values import find_values, values_of


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("1.250,00 eura", "EUR 1,250.00"),
        ("1 250 EUR", "1.250 EUR"),
        ("three days", "tri dana"),
        ("3 days", "three days"),
        ("twenty-five percent", "25 %"),
        ("dvadeset i pet posto", "25%"),
        ("12,5 %", "12.5 percent"),
        ("2 million", "2.000.000"),
        ("5 pm", "17:00"),
        ("at 8.30", "od 8:30"),
        ("1 February 2026", "1.2.2026."),
        ("February 1, 2026", "1. veljače 2026."),
        ("2026-02-01", "1. 2. 2026."),
        ("31. svibnja", "May 31, 2027"),
        ("in 2026", "vrijedi od 1.2.2026."),
        ("March 2026", "15. ožujka 2026."),
        ("80km", "80 km"),
    ],
)
def test_one_worth_in_two_notations_agrees(said, source):
    (value,) = find_values(said)
    assert value.agrees_with(values_of(source))


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("1.250,00 eura", "EUR 1,25"),
        ("three days", "četiri dana"),
        ("25 %", "52 %"),
        ("1.2.2026.", "2.1.2026."),
        ("1 February 2026", "1 February 2025"),
        ("31. svibnja", "30. svibnja"),
        ("2 million", "2 thousand"),
    ],
)
def test_another_worth_does_not(said, source):
    (value,) = find_values(said)
    assert not value.agrees_with(values_of(source))


def test_places_are_those_of_the_text():
    text = "Plaća se 1.250,00 € do 31. svibnja 2027., najviše šest rata."
    assert [text[v.start : v.end] for v in find_values(text)] == ["31. svibnja 2027", "1.250,00", "šest"]
