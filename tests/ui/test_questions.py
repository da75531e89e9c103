"""What takes something away asks first: its event hangs on the answer to a question, never on the button itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from reflex_base.registry import RegistrationContext

import ragapp.ui.routes  # noqa: F401 - registers every handler

UI = Path(__file__).parents[2] / "ragapp/ui"
DESTRUCTIVE = re.compile(
    r"(delete|remove|revoke|end|unlink|disable|erase|suspend|deactivate|renew|withdraw|leave|wipe|cancel_all)(_\w+)?"
)
ANSWERS = {"on_confirm", "on_submit"}
"""Where the product's questions put their event: behind the button of a dialog, or behind its form."""

HARMLESS = {
    ("member_dialogs.py", "remove"): "the button is that of the question itself, beside its tick box",
    ("tray_row.py", "remove"): "takes a line off the tray, the document stays",
    ("share_dialog.py", "remove"): "ends a share, which can be given again in the same place",
}


def destructive_handlers() -> set[str]:
    names = {name.rpartition(".")[2] for name in RegistrationContext.get().event_handlers}
    return {name for name in names if DESTRUCTIVE.fullmatch(name)}


def bindings() -> Iterator[tuple[str, str, str]]:
    """Yield (file, where it is bound, handler) of every handler that a component is given."""
    for folder in ("components", "pages", "kit"):
        for path in sorted((UI / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg and node.arg.startswith("on_"):
                    for part in ast.walk(node.value):
                        if isinstance(part, ast.Attribute):
                            yield path.name, node.arg, part.attr


def test_whatever_takes_something_away_asks_first() -> None:
    destructive = destructive_handlers()
    unasked = [(file, handler) for file, where, handler in bindings() if where not in ANSWERS]

    assert {each for each in unasked if each[1] in destructive} == set(HARMLESS)


def test_every_destructive_event_is_asked_about_somewhere() -> None:
    asked = {handler for _, where, handler in bindings() if where in ANSWERS}
    harmless = {handler for _, handler in HARMLESS}

    assert destructive_handlers() <= asked | harmless
    assert len(destructive_handlers()) > 10
