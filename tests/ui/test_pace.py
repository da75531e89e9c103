from collections.abc import AsyncIterator

import pytest

from ragapp.core.ids import RunId
from ragapp.services.views import RunSnapshot
from ragapp.ui.states.evidence import context_after, context_before
from ragapp.ui.states.pace import MIN_CHARACTERS, is_due, merge, paced
from ragapp.ui.states.parts import PART_CHARACTERS, PART_COUNT, cut


def snapshot(
    tail: str = "", *, blocks: tuple[str, ...] = (), stage: str = "answering", done: bool = False
) -> RunSnapshot:
    return RunSnapshot(RunId("r"), blocks, tail, stage, 0, 0.0, (), done)


async def played(*snapshots: RunSnapshot) -> AsyncIterator[RunSnapshot]:
    for item in snapshots:
        yield item


@pytest.mark.parametrize("length", [0, 1, PART_CHARACTERS, PART_CHARACTERS + 1, PART_CHARACTERS * PART_COUNT + 500])
def test_the_parts_of_a_text_make_the_text(length: int) -> None:
    text = "".join(chr(97 + index % 26) for index in range(length))
    assert "".join(content for _, content in cut(text)) == text


def test_appending_touches_the_open_part_only() -> None:
    before, after = dict(cut("a" * 200)), dict(cut("a" * 200 + "b"))
    assert [name for name in before if before[name] != after[name]] == ["p2"]


def test_merging_keeps_every_block_and_the_latest_tail() -> None:
    merged = merge(snapshot("old", blocks=("one",)), snapshot("new", blocks=("two",)))
    assert (merged.new_blocks, merged.tail) == (("one", "two"), "new")


def test_the_first_text_is_shown_at_once() -> None:
    assert is_due(snapshot(stage="answering"), snapshot("A"))


def test_a_new_stage_is_shown_at_once() -> None:
    assert is_due(snapshot(stage="searching"), snapshot(stage="reading"))


def test_little_text_waits() -> None:
    assert not is_due(snapshot("Some text"), snapshot("Some text and a"))
    assert is_due(snapshot("Some text"), snapshot("Some text" + "x" * MIN_CHARACTERS))


async def test_small_steps_are_merged_and_nothing_is_lost() -> None:
    steps = [snapshot("x" * length) for length in range(1, 200)]
    shown = [item async for item in paced(played(*steps, snapshot("x" * 200, done=True)), clock=lambda: 0.0)]
    assert len(shown) < 10
    assert shown[0].tail == "x"
    assert shown[-1].tail == "x" * 200


async def test_held_text_is_shown_when_the_answer_ends_without_more() -> None:
    steps = [snapshot("x"), snapshot("xy")]
    shown = [item async for item in paced(played(*steps), clock=lambda: 0.0)]
    assert shown[-1].tail == "xy"


def test_context_is_cut_between_words() -> None:
    words = "abcdefghi " * 60
    assert context_before(words).startswith("… abcdefghi")
    assert context_after(words).endswith("abcdefghi …")
    assert context_before("\n short") == "short"
