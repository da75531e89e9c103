"""What a model writes, rendered by an independent CommonMark renderer: no image, no tag, no link like a citation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragapp.core.events import TextDelta
from ragapp.core.evidence import Passage
from ragapp.core.ids import ChunkId, DocumentId
from ragapp.rag.citations import CitationStream
from ragapp.rag.link_guard import LinkGuard, is_plain_link
from ragapp.rag.types import Language

RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
PASSAGE = Passage(
    rank=1,
    score=0.9,
    document_id=DocumentId("d"),
    document_title="Terms",
    page=None,
    chunk_id=ChunkId("d:1:0"),
    text="The deadline is 30 days.",
    start=0,
    end=24,
    heading="",
)
HOSTILE = [
    "A [[1]](http://elsewhere.example).",
    "A [1](http://elsewhere.example).",
    "A [ 1 ](http://elsewhere.example).",
    "A [**1**](http://elsewhere.example).",
    "A [*[1]*](http://elsewhere.example).",
    "A [`1`](http://elsewhere.example).",
    "A [(1)](http://elsewhere.example).",
    "A [¹](http://elsewhere.example) [①](http://elsewhere.example) [１](http://elsewhere.example).",
    "A [［１］](http://elsewhere.example) [【1】](http://elsewhere.example).",
    "A [&#49;](http://elsewhere.example) [&#x5b;1&#93;](http://elsewhere.example).",
    "A [\\[1\\]](http://elsewhere.example).",
    "A [l](http://elsewhere.example) [II](http://elsewhere.example) [iii](http://elsewhere.example).",
    "A [1\u200b](http://elsewhere.example) [\u115f\u115f\u115f1](http://elsewhere.example).",
    "A [1](<http://elsewhere.example>) [1]( http://elsewhere.example 'title').",
    "A [1][ref].\n\n[ref]: http://elsewhere.example",
    "A [1][].\n\n[1]: http://elsewhere.example",
    "A [one].\n\n[one]:\nhttp://elsewhere.example",
    "A [one\ntwo].\n\n[one two]: http://elsewhere.example",
    "A [^x].\n\n[^x]: http://elsewhere.example",
    "> [1]: http://elsewhere.example\n\nA [1].",
    "- [1]: http://elsewhere.example\n\nA [1].",
    "![x](http://elsewhere.example/x.png)",
    "![[1]](http://elsewhere.example/x.png)",
    "\\![x](http://elsewhere.example/x.png) \\\\![x](http://elsewhere.example/x.png)",
    "![x][img]\n\n[img]: http://elsewhere.example/x.png",
    "![img]\n\n[img]: http://elsewhere.example/x.png",
    "[![words here](http://elsewhere.example/x.png)](http://elsewhere.example)",
    "![words [words](http://elsewhere.example)](http://elsewhere.example/x.png)",
    '<img src="http://elsewhere.example/x.png">',
    '\\<img src="http://elsewhere.example/x.png"> \\\\<img src=x>',
    '<a href="http://elsewhere.example">[1]</a>',
    "<!-- -->\n<svg onload=x>\n<?php x ?>\n<![CDATA[x]]>",
    "```\ncode\n```\n<img src=http://elsewhere.example/x.png>",
    "``` a`b\n[1](http://elsewhere.example)\n```",
    "- a\n  ```\n[1](http://elsewhere.example)\n\n```\n![x](http://elsewhere.example)",
    "  ```\n```\n[1](http://elsewhere.example) <img src=x>",
    "> ```\n[1](http://elsewhere.example)\n\n```\n<img src=x>",
    "```\n\u00a0```\n```\n![x](http://elsewhere.example)",
    "```\r```\r\n![x](http://elsewhere.example)",
    "    ```\n![x](http://elsewhere.example)",
    "~~~\n~~~~\n![x](http://elsewhere.example)",
    "$$\n```\n$$\n![x](http://elsewhere.example)",
    "`x [1](http://elsewhere.example)",
    "[words](javascript:alert(1)) [words](data:text/html,x) [words](//elsewhere.example)",
    "[https://bank.example](http://elsewhere.example) [bank.example](http://elsewhere.example)",
    "[words](https://bank.example@elsewhere.example)",
]


def answered(*deltas: str) -> str:
    stream = CitationStream((PASSAGE,), Language.ENGLISH)
    pieces = [piece for delta in deltas for piece in stream.feed(delta)] + stream.finish()
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))
    assert text == stream.text
    return text


def tokens(text: str) -> list[Token]:
    found = []
    for token in RENDERER.parse(text):
        found += [token, *(token.children or [])]
    return found


def assert_harmless(text: str) -> None:
    parsed = tokens(text)
    assert not [token for token in parsed if token.type in ("image", "html_inline", "html_block")], text
    for index, token in enumerate(parsed):
        if token.type == "link_open":
            shown = ""
            for inner in parsed[index + 1 :]:
                if inner.type == "link_close":
                    break
                shown += inner.content
            assert is_plain_link(shown, str(token.attrs["href"])), text


@pytest.mark.parametrize("written", HOSTILE)
def test_nothing_hostile_survives_however_it_is_cut(written: str) -> None:
    whole = answered(written)
    assert_harmless(whole)
    assert not [token for token in tokens(whole) if token.type == "link_open" and "elsewhere" in str(token.attrs)] or (
        "[words](http://elsewhere.example)" in whole
    )
    assert answered(*written) == whole
    for at in range(1, len(written)):
        assert answered(written[:at], written[at:]) == whole


def test_the_words_stay_readable() -> None:
    assert answered("A [[1]](http://elsewhere.example).") == "A [[1]] (http://elsewhere.example)."
    assert answered("See ![map](http://x.example/m.png) now") == "See ![map] (http://x.example/m.png) now"
    assert answered("if a <b and c<d") == "if a < b and c< d"


@pytest.mark.parametrize(
    "written",
    [
        "See [the manual](https://docs.example/manual?page=2#top) first.",
        "Write to [the office](mailto:office@example.org).",
        "See [docs.example](https://docs.example/a), [Upute za rad](https://www.example.hr/upute).",
        "Lists [ ] and [x] and [note 1], sums 3 < 4, a < b.",
        "| a | b |\n|---|---|\n| [the rule](https://a.example) | 2 |",
    ],
)
def test_honest_links_and_text_stay_as_they_are(written: str) -> None:
    assert answered(written) == written


@pytest.mark.parametrize("fence", ["```", "~~~~", "```python"])
def test_code_stays_as_it_is(fence: str) -> None:
    code = f'{fence}\n<div class="x">\nf[0](x) # [1]: y\n![x](y)\n{fence.rstrip("python")}\nDone [1].'
    assert answered(code) == code


def test_text_that_cannot_become_a_link_is_not_held_back() -> None:
    guard = LinkGuard()
    assert guard.feed("words [1") + guard.feed("] and") == "words [1] and"
    assert guard.feed(" [" + "x" * 250) != ""


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("[", "]", "(", ")", "!", "<", ">", ":", "\\", "`", "```", "~~~", "\n", "\n\n", "\r", "  "),
                *("    ", "\t", "[1]", "[words]", "(http://e.example)", "http://e.example", "![", "](", "]:", "> "),
                *("<img src=x>", "<b>", "- ", "1. ", "[1]: http://e.example", "&#49;", "*", "**", "$$", "```\n"),
                *("\n```\n", "word", "1", "'", '"'),
            ]
        ),
        st.text(alphabet="[]()<>!`~\\:12ab \n", max_size=6),
    ),
    max_size=30,
)


@given(PIECES)
def test_nothing_hostile_survives_whatever_is_written(pieces: list[str]) -> None:
    whole = answered("".join(pieces))
    assert_harmless(whole)
    assert answered(*pieces) == whole


def test_the_oracle_itself_sees_what_is_hostile() -> None:
    seen = sum(
        any(token.type in ("image", "html_inline", "html_block", "link_open") for token in tokens(written))
        for written in HOSTILE
    )
    assert seen > len(HOSTILE) * 0.7
    with pytest.raises(AssertionError):
        assert_harmless("[1](http://elsewhere.example)")
