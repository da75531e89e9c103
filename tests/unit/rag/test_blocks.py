"""Finished blocks never change, and cutting the stream differently changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragapp.rag.blocks import BlockSplitter, split_blocks

PIECES = ["a", "Odlomak.", " ", "\n", "\n\n", "```", "```py\n", "~~~", "- x\n", "    y", "\t", "č", "`"]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        (" \n\n", []),
        ("one", ["one"]),
        ("one\ntwo", ["one\ntwo"]),
        ("one\n\ntwo\n", ["one", "two"]),
        ("\n\none\n \n\n\ntwo", ["one", "two"]),
        ("```\na\n\nb\n```\n\nc", ["```\na\n\nb\n```", "c"]),
        ("~~~\n```\n\n~~~\n\nc", ["~~~\n```\n\n~~~", "c"]),
        ("````\n```\n\n````\n\nc", ["````\n```\n\n````", "c"]),
        ("```\nopen\n\nstill", ["```\nopen\n\nstill"]),
        ("- item\n\n  its second paragraph\n\nnext", ["- item\n\n  its second paragraph", "next"]),
    ],
)
def test_blocks_end_at_blank_lines_outside_code_and_lists(text: str, blocks: list[str]) -> None:
    assert split_blocks(text) == blocks


@given(MARKDOWN, st.data())
def test_the_way_a_text_is_cut_into_deltas_changes_nothing(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    whole, pieces = BlockSplitter(), BlockSplitter()
    expected = whole.feed(text)
    found = [block for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) for block in pieces.feed(text[a:b])]
    assert (found, pieces.tail) == (expected, whole.tail)


@given(MARKDOWN)
def test_no_text_is_lost(text: str) -> None:
    assert "".join("".join(split_blocks(text)).split()) == "".join(text.split())


def test_a_block_is_handed_out_as_soon_as_the_next_one_begins() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("first\n\n") == []
    assert splitter.feed("s") == ["first"]
    assert splitter.tail == "s"
