import pytest

from ragapp.rag.plain_text import without_marks


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("## Članak 6. {#art6}\n\n(1) Osim", "Članak 6.\n\n(1) Osim"),
        ("**Rok** je *30* dana, __ne__ _više_.", "Rok je 30 dana, ne više."),
        ('Run `make run` or see [the guide](https://example.org/a "title").', "Run make run or see the guide."),
        ("![Plan of the hall](hall.png)", "Plan of the hall"),
        ("> quoted\n> twice", "quoted\ntwice"),
        ("| Naziv | Cijena |\n|---|---:|\n| Vijak | 3,20 |", "Naziv | Cijena\nVijak | 3,20"),
        ("```sh\nmake run\n```", "make run"),
        ("snake_case_name and 2*3*4 and a*b", "snake_case_name and 2*3*4 and a*b"),
        ("- prvo\n- drugo\n1. treće", "- prvo\n- drugo\n1. treće"),
        ("C# i # 5, cijena 5 > 3", "C# i # 5, cijena 5 > 3"),
        ("", ""),
    ],
)
def test_marks_go_and_words_stay(marked: str, plain: str) -> None:
    assert without_marks(marked) == plain
