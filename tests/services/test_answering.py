"""How an answer comes about, over a handful of passages and generators that follow a script."""

from collections.abc import Sequence

import pytest

from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.core.errors import GeneratorUnavailable, ModelMissing
from ragapp.core.events import (
    AnswerDone,
    AnswerEvent,
    AnswerFailed,
    CitationAdded,
    PassagesFound,
    Stage,
    StageChanged,
    Support,
    TextDelta,
)
from ragapp.core.scope import Role
from ragapp.rag.retrieval import KnowledgeSource, RetrievalRequest, retrieve
from ragapp.services.chat.answering import AnswerFlow
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.retrieval.search import Found
from ragapp.services.views import QueryRequest, SearchRequest
from tests.fakes.accounts import scope_of
from tests.fakes.generator import ScriptedGenerator
from tests.unit.rag.passages import PASSAGES, lexical_index

SCOPE = scope_of("t" * 32, "u" * 32, Role.MEMBER)
QUESTION = "When was the lighthouse on Cape Varda built?"
ABSENT = "Who won the football world cup in Brazil?"


class WordSearch:
    """Stands for `SearchService`: words only, over `PASSAGES`; records what was searched for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def find(self, scope: object, request: SearchRequest) -> Found:
        self.asked.append(request.text)
        by_id = {passage.chunk_id: passage for passage in PASSAGES}

        async def load(ids: Sequence[str]) -> dict[str, object]:
            return {chunk_id: by_id[chunk_id] for chunk_id in ids}

        async def no_vectors(*_: object) -> list[object]:
            return []

        source = KnowledgeSource(lexical_index(), no_vectors)
        wanted = RetrievalRequest(request.text, limit=request.max_results)
        found = await retrieve(wanted, sources=[source], vector_leg=None, load_passages=load)  # type: ignore[arg-type]
        return Found(found, len(PASSAGES))


class Desk:
    """One answer flow with what it uses."""

    def __init__(self, *script: object, model_available: bool = True) -> None:
        self.search = WordSearch()
        self.model = ScriptedGenerator(*script)  # type: ignore[arg-type]
        self.model.available = model_available
        self.choice = GeneratorChoice(self.model, ExtractiveGenerator())
        self.flow = AnswerFlow(self.search, self.choice, max_question_characters=4000)  # type: ignore[arg-type]

    async def ask(self, question: str = QUESTION, **more: object) -> list[AnswerEvent]:
        history = more.pop("history", ())
        request = QueryRequest(question, **more)  # type: ignore[arg-type]
        return [event async for event in self.flow.stream(SCOPE, request, history)]  # type: ignore[arg-type]


def _text(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def _done(events: Sequence[AnswerEvent]) -> AnswerDone:
    assert isinstance(events[-1], AnswerDone)
    return events[-1]


async def test_stages_passages_citation_and_text_come_in_order_with_one_end() -> None:
    events = await Desk("It was built in 1871", " [1].").ask()
    kinds = [type(event) for event in events]
    assert kinds[:4] == [StageChanged, StageChanged, PassagesFound, StageChanged]
    assert [event.stage for event in events if isinstance(event, StageChanged)] == [
        Stage.SEARCHING,
        Stage.SEARCHING,
        Stage.READING,
    ]
    assert kinds.index(CitationAdded) < max(at for at, kind in enumerate(kinds) if kind is TextDelta)
    assert [kind in (AnswerDone, AnswerFailed) for kind in kinds].count(True) == 1


async def test_the_answer_is_what_was_streamed_with_its_verified_source() -> None:
    events = await Desk("It was built in 1871 [1].").ask()
    done = _done(events)
    assert done.text == _text(events) == "It was built in 1871 [1]."
    (source,) = done.summary.sources
    assert source.quote == source.passage.text[: len(source.quote)] == "The lighthouse on Cape Varda was built in 1871."
    assert (done.summary.answerable, done.summary.generator, done.summary.language) == (True, "scripted", "en")
    assert done.summary.support in (Support.STRONG, Support.PARTIAL)


async def test_a_value_that_the_cited_passage_does_not_hold_is_marked_when_the_answer_is_complete() -> None:
    events = await Desk("It was built in 1817 by Peter Crane [1]. The lamp burnt for forty years [1].").ask()
    done = _done(events)
    marked = [(done.text[one.start : one.end], one.kind.value) for one in done.summary.unsupported]
    assert marked == [("1817", "number"), ("Peter Crane", "name")]
    assert done.summary.support is not Support.STRONG
    assert _text(events) == done.text


async def test_an_answer_without_markers_gets_its_sources_by_matching_and_is_checked_against_them() -> None:
    answer = "The lighthouse on Cape Varda was built in 1871. Its keeper lit the lamp for 50 years."
    done = _done(await Desk(answer).ask())
    (source,) = done.summary.sources
    assert source.quote == "The lighthouse on Cape Varda was built in 1871."
    assert [one.text for one in done.summary.unsupported] == ["50"]


async def test_quoted_passages_are_never_marked() -> None:
    assert _done(await Desk(model_available=False).ask()).summary.unsupported == ()


async def test_markers_that_name_no_passage_never_reach_the_reader() -> None:
    done = _done(await Desk("Built in 1871 [1][9], they say [77].").ask())
    assert "[9]" not in done.text
    assert "[77]" not in done.text
    assert done.summary.dropped_marker_count == 2


async def test_what_the_documents_do_not_say_is_refused_without_asking_the_model() -> None:
    desk = Desk("Brazil won.")
    done = _done(await desk.ask(ABSENT))
    assert desk.model.requests == []
    assert not done.summary.answerable
    assert done.text == "The answer to this question is not in your documents."
    assert done.summary.support is Support.NONE


async def test_a_bar_set_by_the_asker_is_kept() -> None:
    done = _done(await Desk("Surely.").ask(min_confidence=1.1))
    assert not done.summary.answerable
    assert len(done.summary.sources) == 2


async def test_a_model_that_finds_no_answer_refuses_too_and_shows_the_nearest_passages() -> None:
    done = _done(await Desk("The answer to this question is not in your documents.").ask())
    assert not done.summary.answerable
    assert done.summary.sources


async def test_exact_passages_answer_while_the_model_is_down() -> None:
    done = _done(await Desk(model_available=False).ask())
    assert done.summary.generator == "extractive"
    assert "The lighthouse on Cape Varda was built in 1871." in done.text


@pytest.mark.parametrize("failure", [GeneratorUnavailable(), ModelMissing()])
async def test_exact_passages_take_over_when_the_model_fails_before_its_first_word(failure: Exception) -> None:
    desk = Desk(failure)
    assert _done(await desk.ask()).summary.generator == "extractive"
    assert (await desk.choice.status()).problem == failure.code  # type: ignore[attr-defined]
    assert (await desk.choice.choose()).name == "extractive"


async def test_a_model_that_breaks_off_keeps_its_words_and_says_so() -> None:
    events = await Desk("It was built in ", GeneratorUnavailable()).ask()
    assert isinstance(events[-1], AnswerFailed)
    assert (events[-1].text, events[-1].code) == ("It was built in", GeneratorUnavailable.code)


async def test_only_the_model_means_an_error_and_no_substitute() -> None:
    desk = Desk(GeneratorUnavailable())
    flow = AnswerFlow(desk.search, GeneratorChoice(desk.model, None), max_question_characters=100)  # type: ignore[arg-type]
    events = [event async for event in flow.stream(SCOPE, QueryRequest(QUESTION))]
    assert isinstance(events[-1], AnswerFailed)


async def test_a_follow_up_that_finds_little_is_searched_with_the_question_before_it() -> None:
    desk = Desk("Marta Silver [1].")
    done = _done(await desk.ask("And by whom?", history=[(QUESTION, "In 1871 [1].")]))
    assert desk.search.asked == ["And by whom?", f"{QUESTION} And by whom?"]
    assert done.summary.answerable
    assert desk.model.requests[0].question == "And by whom?"


async def test_a_question_with_a_topic_is_searched_alone_whatever_came_before() -> None:
    desk = Desk("Salt [1].")
    await desk.ask("What does the harbour of Varda export?", history=[(QUESTION, "In 1871 [1].")])
    assert desk.search.asked == ["What does the harbour of Varda export?"]


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (QUESTION, "And who was its keeper?"),
        (QUESTION, "What about the keeper?"),
        (QUESTION, "How about the lamp?"),
        ("U kojem roku stanar mora prijaviti kvar?", "A koliko ako je kvar u zgradi?"),
        ("U kojem roku stanar mora prijaviti kvar?", "A kome?"),
        ("U kojem roku stanar mora prijaviti kvar?", "Što ako je nedjelja?"),
    ],
)
async def test_a_question_that_goes_on_is_searched_with_the_one_before_it(before: str, question: str) -> None:
    desk = Desk("Marta Silver [1].")
    await desk.ask(question, history=[(before, "Tako piše [1].")])
    assert desk.search.asked[-1] == f"{before} {question}"
