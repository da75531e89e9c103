"""`python -m ragapp.ui.i18n_extract`: bring the catalogues in line with the texts in the code.

New texts are added untranslated, texts that nobody uses any more are dropped, the rest stays; entries are sorted.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from ragapp.ui.catalogue import LANGUAGES, LOCALE_DIRECTORY, SOURCE_LANGUAGE, load_catalogue
from ragapp.ui.feedback import default_messages

_ONE_TEXT = {"t": 0, "translate": 1}
_SINGULAR_AND_PLURAL = {"tn": 0, "translate_plural": 1}
_ROOT = Path(__file__).parent

_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""

Message = str | tuple[str, str]


def find_messages(root: Path = _ROOT) -> set[Message]:
    """Return every text that may be shown: the literals given to `t` and its kin, and the messages of all errors."""
    found: set[Message] = set(default_messages().values())
    for path in sorted(root.rglob("*.py")):
        found.update(_messages_in(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def update_catalogue(language: str) -> int:
    """Rewrite one catalogue and return how many texts still have no translation."""
    known, fresh = load_catalogue(language), Catalog(locale=language)
    for message in sorted(find_messages(), key=str):
        singular = message if isinstance(message, str) else message[0]
        old = known.get(singular)
        fresh.add(message, old.string if old is not None else None)
    with (LOCALE_DIRECTORY / f"{language}.po").open("wb") as file:
        file.write(_HEADER.format(language=language, plural_forms=fresh.plural_forms).encode())
        write_po(file, fresh, width=0, sort_output=True, no_location=True, omit_header=True)
    return sum(not any(entry.string or ()) for entry in fresh if entry.id)


def _messages_in(tree: ast.AST) -> Iterator[Message]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _called(call)
        if name in _ONE_TEXT:
            yield from _literals(call, _ONE_TEXT[name], 1)
        elif name in _SINGULAR_AND_PLURAL:
            yield from _literals(call, _SINGULAR_AND_PLURAL[name], 2)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _literals(call: ast.Call, start: int, count: int) -> Iterator[Message]:
    values = [part.value for part in call.args[start : start + count] if isinstance(part, ast.Constant)]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == count:
        yield texts[0] if count == 1 else (texts[0], texts[1])


def main() -> None:
    """Update every catalogue and say what is left to translate."""
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            print(f"{language}: {update_catalogue(language)} texts to translate")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
