import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.core.lifecycle import MessageStatus
from ragapp.core.scope import Role
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.chat_actions import ChatActionsState
from ragapp.ui.states.evidence import EvidenceState
from ragapp.ui.states.parts import PART_COUNT, part_name
from ragapp.ui.states.rating import RatingState
from ragapp.ui.states.sidebar import SidebarState
from ragapp.ui.states.stream import StreamState
from tests.fakes.conversation import FakeConversation, message, source
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, Answer, open_tabs

LONG = "\n\n".join(f"Paragraph {number}. " + "The recordings are kept for six months [1]. " * 8 for number in range(12))


@pytest.fixture
def conversation() -> Any:
    fake = FakeConversation()
    with installed_services(chats=fake, runs=fake) as services:
        services.access.sessions = {"member": scope_for(Role.MEMBER)}
        yield fake


@pytest.fixture
async def tab(conversation: FakeConversation) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        browser = opened("member")
        await browser.send(HYDRATE)
        yield browser


async def open_chat(tab: Any, chat_id: str) -> Answer:
    tab.query = {"chat_id": chat_id} if chat_id else {}
    return await tab.send(ChatState.open)


async def ask(tab: Any, conversation: FakeConversation, text: str, answer: str) -> Answer:
    """Ask and let the whole answer be written."""
    sending = asyncio.create_task(tab.send(ChatState.ask, form={"question": text}))
    run_id = await conversation.started.get()
    blocks = answer.split("\n\n")
    for index, block in enumerate(blocks):
        conversation.write(run_id, blocks=tuple(blocks[index - 1 : index]), tail=block)
    conversation.finish(run_id, answer)
    return await sending


def turns(answer: Answer) -> list[Any]:
    rows = [value for name, value in answer.values(ChatState).items() if name.startswith("turn_")]
    return [row for turn in rows for row in turn]


def text_of(delta: dict[str, Any]) -> str:
    return "".join(delta.get(f"{part_name(index)}", "") for index in range(PART_COUNT))


async def test_a_question_and_its_answer_become_turns(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await open_chat(tab, "c1")
    answer = await ask(tab, conversation, "How long?", "Six months [1].")
    assert [(row.role, row.text) for row in turns(answer)] == [("user", "How long?"), ("assistant", "Six months [1].")]
    assert [found.n for found in turns(answer)[1].sources] == [1, 2]
    assert answer.values(StreamState)["run_id"] == ""


async def test_the_text_is_shown_while_it_is_written(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await open_chat(tab, "c1")
    answer = await ask(tab, conversation, "How long?", "Six months [1].\n\nNot a day longer.")
    shown: dict[str, Any] = {}
    seen = []
    for delta in answer.deltas:
        changed = delta.get(StreamState.get_full_name(), {})
        shown.update({name.removesuffix("_rx_state_"): value for name, value in changed.items()})
        seen.append(text_of(shown))
    assert any(text.startswith("Six months [1].") for text in seen)
    assert seen[-1] == ""


async def test_an_answer_costs_a_few_times_its_bytes_however_long_the_chat_is(
    tab: Any, conversation: FakeConversation
) -> None:
    history = [
        row
        for number in range(10)
        for row in (message(f"q{number}", "c1", "user", "?"), message(f"a{number}", "c1", "assistant", LONG))
    ]
    conversation.add_chat("c1", *history)
    await open_chat(tab, "c1")
    answer = await ask(tab, conversation, "Everything?", LONG)
    sent = sum(len(json.dumps(delta, default=vars).encode()) for delta in answer.deltas)
    assert sent <= 6 * len(LONG.encode())
    assert "history" not in answer.values(ChatState)
    again = await ask(tab, conversation, "And once more?", LONG)
    assert sum(row.role == "assistant" for row in turns(again)) == 1


async def test_reloading_the_page_joins_the_answer_that_is_being_written(
    tab: Any, conversation: FakeConversation
) -> None:
    unfinished = message("a1", "c1", "assistant", "", status=MessageStatus.STREAMING, run_id="r9")
    conversation.add_chat("c1", message("q1", "c1", "user", "How long?"), unfinished, active_run="r9")
    conversation.write("r9", blocks=("Six months.",), tail="Not a day")
    conversation.finish("r9", "Six months.\n\nNot a day longer.")
    answer = await open_chat(tab, "c1")
    assert [row.id for row in answer.values(ChatState)["history"]] == ["q1"]
    assert [row.text for row in turns(answer)] == ["Six months.\n\nNot a day longer."]


async def test_stopping_keeps_what_was_written(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await open_chat(tab, "c1")
    asking = asyncio.create_task(tab.send(ChatState.ask, form={"question": "How long?"}))
    await conversation.started.get()
    answer = await tab.send(StreamState.stop)
    await asking
    assert conversation.stopped == ["run0"]
    assert turns(answer)[-1].text == "What was written."


async def test_the_first_question_gets_the_address_of_its_new_chat(tab: Any, conversation: FakeConversation) -> None:
    await open_chat(tab, "")
    answer = await ask(tab, conversation, "How long?", "Six months.")
    assert any("/chat/new" in str(event.payload) for event in answer.events)
    assert [row.id for row in answer.values(SidebarState)["touched"]] == ["new"]


async def test_an_empty_question_is_told_and_starts_nothing(tab: Any, conversation: FakeConversation) -> None:
    answer = await tab.send(ChatState.ask, form={"question": "  "})
    assert conversation.answers == {}
    assert "restoreDraft" in answer.scripts


async def test_a_question_that_cannot_be_sent_comes_back_into_the_box(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1", message("a1", "c1", "assistant", "", run_id="r9"), active_run="r9")
    conversation.finish("r9", "Done.")
    await open_chat(tab, "c1")
    answer = await tab.send(ChatState.ask, form={"question": 'It\'s "me" </script>\u2028'})
    [script] = [event.payload["javascript_code"] for event in answer.events if "javascript_code" in event.payload]
    assert script == r"""window.ragapp?.restoreDraft("It's \"me\" \u003c/script\u003e\u2028")"""


async def test_a_chat_that_is_not_there_is_said_to_be_missing(tab: Any) -> None:
    answer = await open_chat(tab, "foreign")
    assert answer.values(ChatState)["missing"] is True


async def test_an_answer_written_again_takes_the_place_of_the_old_one(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1", message("q1", "c1", "user", "How long?"), message("a1", "c1", "assistant", "Old."))
    await open_chat(tab, "c1")
    writing = asyncio.create_task(tab.send(ChatState.again, message_id="a1"))
    await conversation.started.get()
    conversation.finish("run0", "New.")
    answer = await writing
    assert answer.values(ChatState)["hidden"] == ["a1"]
    assert [row.text for row in turns(answer)] == ["New."]


async def test_the_same_rating_twice_takes_it_back(tab: Any, conversation: FakeConversation) -> None:
    await tab.send(ChatState.rate, message_id="a1", rating="up")
    await tab.send(ChatState.rate, message_id="a1", rating="up")
    assert conversation.ratings == [("a1", "up"), ("a1", "")]


async def test_only_a_bad_rating_asks_why(tab: Any, conversation: FakeConversation) -> None:
    for rating, asked in (("up", None), ("down", "a1"), ("down", None)):
        answer = await tab.send(ChatState.rate, message_id="a1", rating=rating)
        assert answer.values(RatingState).get("message_id") == asked, rating


async def test_evidence_shows_the_quote_in_its_context(tab: Any) -> None:
    answer = await tab.send(EvidenceState.show, message_id="a1", n=1, numbers=[1, 2])
    shown = answer.values(EvidenceState)
    assert shown["lead"] + shown["quote"] + shown["trail"] == source(1).passage.text
    assert shown["quote"] == source(1).quote
    assert shown["picture_url"] == "/api/v1/documents/d1/pages/7.png?highlight=100-136&version=1"
    assert shown["document_url"] == "/documents/d1?page=7&mark=100-136&version=1"


async def test_stepping_goes_through_the_citations_and_stops_at_the_ends(tab: Any) -> None:
    await tab.send(EvidenceState.show, message_id="a1", n=1, numbers=[1, 2])
    assert (await tab.send(EvidenceState.step, by=1)).values(EvidenceState)["n"] == 2
    assert (await tab.send(EvidenceState.step, by=1)).values(EvidenceState) == {}


async def test_evidence_that_is_gone_says_so(tab: Any) -> None:
    answer = await tab.send(EvidenceState.show, message_id="a1", n=9, numbers=[9])
    assert answer.values(EvidenceState)["error_code"] == "not_found"


async def test_deleting_the_open_chat_leaves_its_page(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await tab.send(SidebarState.load)
    await open_chat(tab, "c1")
    await tab.send(ChatActionsState.start_delete, chat_id="c1", title="Chat c1")
    answer = await tab.send(ChatActionsState.delete)
    assert conversation.chats == {}
    assert answer.values(SidebarState)["chats"] == []
    assert any("/" in str(event.payload) for event in answer.events)


async def test_renaming_shows_the_new_title_in_the_list(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await tab.send(SidebarState.load)
    await tab.send(ChatActionsState.start_rename, chat_id="c1", title="Chat c1")
    answer = await tab.send(ChatActionsState.rename, form={"title": "Video footage"})
    assert [row.title for row in answer.values(SidebarState)["chats"]] == ["Video footage"]


async def test_following_again_shows_the_text_once(tab: Any, conversation: FakeConversation) -> None:
    conversation.add_chat("c1")
    await open_chat(tab, "c1")
    asking = asyncio.create_task(tab.send(ChatState.ask, form={"question": "How long?"}))
    run_id = await conversation.started.get()
    conversation.write(run_id, blocks=("Six months.",), tail="Not a day")
    await conversation.read.get()
    joining = asyncio.create_task(tab.send(ChatState.open))
    await conversation.read.get()
    conversation.write(run_id, tail="Not a day longer")
    conversation.finish(run_id, "Six months.\n\nNot a day longer.")
    answer = await joining
    await asking
    shown = [delta.get(StreamState.get_full_name(), {}) for delta in answer.deltas]
    assert not any("Six months.\n\nSix months." in str(value) for delta in shown for value in delta.values())
    assert turns(answer)[-1].text == "Six months.\n\nNot a day longer."
