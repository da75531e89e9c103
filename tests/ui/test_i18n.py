import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import reflex as rx

from ragapp.core.errors import Defect, FileTooLarge, RagAppError, RateLimited
from ragapp.ui.catalogue import LANGUAGES, find_plural_forms, load_catalogue, plural_index
from ragapp.ui.feedback import default_messages, message_for, message_for_code
from ragapp.ui.formatting import size_text
from ragapp.ui.i18n import t, tn, translate, translate_plural
from ragapp.ui.i18n_extract import Message, find_messages

UI = Path("ragapp/ui")
PLACE = re.compile(r"{(\w*)}")
_CATALOGUE = load_catalogue("hr")


def key(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


def translated() -> dict[str, tuple[str, ...]]:
    entries = ((key(entry.id), entry.string) for entry in _CATALOGUE if entry.id)
    return {name: (text,) if isinstance(text, str) else tuple(text or ()) for name, text in entries}


def test_every_text_has_a_croatian_translation() -> None:
    done = {name for name, texts in translated().items() if texts and all(texts)}

    assert {key(message) for message in find_messages()} - done == set()


def test_no_translation_is_left_over() -> None:
    assert translated().keys() - {key(message) for message in find_messages()} == set()


@pytest.mark.parametrize("message", sorted(find_messages(), key=str), ids=lambda message: key(message)[:40])
def test_translations_keep_the_places_for_values(message: Message) -> None:
    english = message if isinstance(message, tuple) else (message,)

    for text in translated()[key(message)]:
        assert set(PLACE.findall(text)) == {place for source in english for place in PLACE.findall(source)}


def test_croatian_texts_use_croatian_quotes() -> None:
    offenders = [text for texts in translated().values() for text in texts if "“" in text and "„" not in text]

    assert offenders == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 datoteka"), (1, "1 datoteka"), (2, "2 datoteke"), (5, "5 datoteka"), (11, "11 datoteka"),
     (12, "12 datoteka"), (21, "21 datoteka"), (22, "22 datoteke"), (112, "112 datoteka")],
)  # fmt: skip
def test_croatian_plurals(count: int, text: str) -> None:
    assert translate_plural("hr", "{n} file added", "{n} files added", count).startswith(text)


def test_english_plurals() -> None:
    assert [translate_plural("en", "{n} file added", "{n} files added", n)[:7] for n in (0, 1, 2)] == [
        "0 files", "1 file ", "2 files",
    ]  # fmt: skip


def test_every_plural_rule_stays_within_its_forms() -> None:
    for language in LANGUAGES:
        forms = find_plural_forms(language, "{n} file added", "{n} files added")
        assert {plural_index(language, n) for n in range(200)} == set(range(len(forms)))


def test_live_texts_hold_every_language() -> None:
    text = str(t("Documents"))

    assert '"Dokumenti"' in text
    assert '"Documents"' in text


def test_live_texts_follow_the_language_of_the_tab() -> None:
    data = t("Documents")._get_all_var_data()

    assert data is not None
    assert any(state.endswith("language_state") for state, _ in data.field_dependencies.items())


def test_live_texts_take_values() -> None:
    name: rx.Var[str] = rx.Var("shown_name", _var_type=str).to(str)

    assert '("Izbrisati \\u201e"+shown_name+"\\u201d?")' in str(t("Delete “{name}”?", name=name))


def test_live_plurals_format_the_number_once() -> None:
    text = str(tn("{n} file added", "{n} files added", rx.Var("file_count", _var_type=int)))

    assert text.count("Intl.NumberFormat") == 1
    assert "datoteke" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(default_messages()))
def test_every_error_has_words_in_every_language(code: str, language: str) -> None:
    text = message_for_code(code, language)

    assert text.endswith(".")
    assert (text == default_messages()[code]) is (language == "en")


def test_errors_with_numbers_say_them() -> None:
    too_large = FileTooLarge(details={"size_bytes": 212 * 1024**2, "max_bytes": 100 * 1024**2})
    limited = RateLimited(retry_after_s=12)

    words = "212\u00a0MB prelazi ograničenje od 100\u00a0MB po datoteci. Podijelite je i učitajte dijelove."
    assert message_for(too_large, "hr") == words
    assert message_for(limited, "en") == "Too many requests. Try again in 12 s."


def test_an_unknown_code_reads_like_a_defect_of_ours() -> None:
    assert message_for_code("no such code", "en") == Defect.default_message


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(0, "0\u00a0B"), (1023, "1.023\u00a0B"), (2048, "2\u00a0kB"), (2_936_012, "2,8\u00a0MB")]
)
def test_sizes_use_the_decimal_comma(size_bytes: int, text: str) -> None:
    assert size_text("hr", size_bytes) == text


def test_english_is_the_fallback_for_a_text_without_translation() -> None:
    assert translate("hr", "No such text") == "No such text"


def test_error_codes_are_unique() -> None:
    def leaves(kind: type[RagAppError]) -> Iterator[type[RagAppError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from leaves(child)

    kinds = list(dict.fromkeys(leaves(RagAppError)))
    assert len({kind.code for kind in kinds}) == len(kinds)


SAME_IN_EVERY_LANGUAGE = {"Hrvatski", "English", "ragapp", "Esc", "Enter", "Shift", "Ctrl", "Mod+k"}
WORDS_IN_PROPS = {"placeholder", "title", "label", "aria_label", "alt", "hint", "text", "confirm", "error"}
NOT_WORDS = {"t", "tn", "translate", "translate_plural", "icon", "icon_button", "Var", "cast", "call_script"}


def words_outside_catalogues(path: Path) -> Iterator[str]:
    """Yield every literal that a page would show as it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        shown = [] if name in NOT_WORDS else list(call.args)
        shown += [keyword.value for keyword in call.keywords if keyword.arg in WORDS_IN_PROPS]
        for node in shown:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_words(node.value):
                yield f"{path}:{node.lineno}: {node.value!r}"


def is_words(text: str) -> bool:
    return bool(re.match(r"[A-ZČĆŠŽĐ][a-zčćšžđ]+", text)) and text not in SAME_IN_EVERY_LANGUAGE


@pytest.mark.parametrize("folder", ["pages", "components", "kit"])
def test_no_page_shows_a_literal(folder: str) -> None:
    paths = sorted((UI / folder).glob("*.py"))

    assert paths
    assert [found for path in paths for found in words_outside_catalogues(path)] == []


def test_a_literal_in_a_page_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text('h1("Hello there")\nrx.cond(x, "Yes", t("No"))\ninput(placeholder="Type here")\n', "utf-8")

    assert len(list(words_outside_catalogues(page))) == 3
