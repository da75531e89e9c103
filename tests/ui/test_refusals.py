"""What is wrong with what somebody entered is said in words of its own, not as "something is not valid"."""

import ast
from pathlib import Path

import pytest

from ragapp.core.errors import InvalidInput
from ragapp.core.plans import LIMIT_NAMES
from ragapp.ui.feedback import message_for
from ragapp.ui.i18n import translate

SERVICES = Path(__file__).parents[2] / "ragapp/services"
PAGES_CANNOT_SEND = {
    "action": "chosen from a list",
    "baseline_id": "chosen from a list",
    "checkpoint": "of the interface for programs",
    "cursor": "the list turns its own pages",
    "document_ids": "a page of the list is shorter",
    "every_s": "chosen from a list",
    "input": "of the interface for programs",
    "kind": "folders are not offered",
    "language": "chosen from a list",
    "limit": "the list asks for its own pages",
    "max_pages": "not asked for",
    "max_results": "not asked for",
    "member_ids": "the picker ends at as many",
    "message_id": "only offered where there is an answer",
    "message": "only offered where there is no answer",
    "rating": "a button",
    "role": "chosen from a list",
    "scope": "the sidebar asks",
    "since": "the filter ends at as many days",
    "step_s": "the page asks for its own steps",
    "text": "a browser sends text",
    "theme": "chosen from a list",
    "use_vector": "not asked for",
    "user_ids": "the picker leaves out oneself and ends at as many",
}
"""Fields that no page lets somebody fill in wrongly, and why. All others need words, or the suite fails."""


NAMED_BY_VARIABLE = {"client_id", "client_secret", "name"} | set(LIMIT_NAMES)
"""Fields that services refuse without their name standing in the code."""


def refused_fields() -> set[str]:
    """Return every field that a service refuses by name."""
    found: set[str] = set()
    for path in SERVICES.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "InvalidInput":
                named = [option.value for option in call.keywords if option.arg == "details"]
                pairs = [(each.keys[0], each.values[0]) for each in named if isinstance(each, ast.Dict)]
                found |= {value.value for _, value in pairs if isinstance(value, ast.Constant)}
    return found


@pytest.mark.parametrize("language", ["en", "hr"])
def test_every_field_that_somebody_can_fill_in_wrongly_has_words_of_its_own(language: str) -> None:
    anything = translate(language, InvalidInput.default_message)
    fields = refused_fields()
    assert len(fields) > 25
    assert set(PAGES_CANNOT_SEND) <= fields, "no longer refused"
    for field in (fields | NAMED_BY_VARIABLE) - set(PAGES_CANNOT_SEND):
        assert message_for(InvalidInput(details={"field": field}), language) != anything, field
