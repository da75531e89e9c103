"""Test questions, runs over them, how runs compare, and what readers rated bad."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ragapp.core.audit import AuditAction
from ragapp.core.errors import (
    Conflict,
    ExpectationMissing,
    InvalidInput,
    NotFound,
    NothingToMeasure,
    QuestionTaken,
    RunInProgress,
    TooManyQuestions,
)
from ragapp.core.ids import KnowledgeBaseId, MessageId, TaskId
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.quality import Expects, FeedbackReason, QuestionOrigin, Verdict
from ragapp.core.scope import Permission, Role
from ragapp.services.quality.quality_views import Expectation
from tests.fakes.accounts import Household, add_member, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.library import pieces
from tests.fakes.wired import Wired, wired_application

KEEPER = "The lighthouse keeper of Alba writes down the colour of the sea every evening. "
FILLER = "Other people of the island repair nets, bake bread and count the boats in the harbour. " * 6
ASKED = "What does the lighthouse keeper of Alba write down every evening?"
ABSENT = "How many violins does the orchestra of Vienna own?"


@pytest.fixture
async def wired(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Wired]:
    async with wired_application(database_url, clock, tmp_path / "data") as wired:
        yield wired


@pytest.fixture
async def house(wired: Wired) -> Household:
    return await add_tenant(wired.store)


@pytest.fixture
async def document(wired: Wired, house: Household):
    uploaded = await wired.services.documents.upload(
        house.owner, pieces((KEEPER + FILLER).encode()), filename="notes.txt"
    )
    await wired.settle()
    return uploaded.document


async def ask(wired: Wired, house: Household, text: str, expects=Expects.NOTHING, **expected):
    wired.store._clock.advance(seconds=1)  # questions are asked in the order they were added
    return await wired.services.quality_questions.create(
        house.owner,
        knowledge_base_id=house.knowledge_base_id,
        text=text,
        expects=expects,
        expected=Expectation(**expected),
    )


async def run(wired: Wired, house: Household, clock: FixedClock):
    clock.advance(seconds=60)
    started = await wired.services.quality_runs.start(house.owner, house.knowledge_base_id)
    await wired.settle()
    return await wired.services.quality_runs.get(house.owner, started.id)


async def converse(wired: Wired, scope, text: str) -> tuple[str, MessageId]:
    started = await wired.services.runs.ask(scope, chat_id=None, text=text)
    async for _ in wired.services.runs.follow(scope, started.run_id, min_interval_s=0):
        pass
    return started.chat.id, started.answer.id


async def test_a_run_measures_keeps_every_result_and_says_under_what_it_ran(wired, house, document, clock):
    await ask(wired, house, ASKED, Expects.ANSWER, document_id=document.id, words=("the COLOUR of the sea",))
    await ask(wired, house, ABSENT)
    await ask(wired, house, "Who bakes the bread?", Expects.ANSWER, words=("a baker from Zagreb",))
    await ask(wired, house, "What is still to be said?", Expects.OPEN)
    done = await run(wired, house, clock)
    assert (done.status, done.progress, done.question_count) == (TaskStatus.COMPLETED, 100, 3)
    assert done.measures["questions"] == 3
    assert done.measures["answerable"] == 2
    assert (done.measures["hit@1"], done.measures["mrr@10"], done.measures["answer_shown"]) == (0.5, 0.5, 0.5)
    assert {"version", "encoder", "ranking", "passage_characters", "generator"} <= set(done.configuration)
    assert (done.configuration["documents"], done.configuration["generator"]) == (1, "extractive")
    results = await wired.services.quality_runs.results(house.owner, done.id)
    assert [result.rank for result in results if result.expects is Expects.ANSWER] == [1, None]
    first, absent, wrong = results
    assert first.is_right and first.document_title == "notes"
    assert absent.is_refused and absent.is_right
    failed = await wired.services.quality_runs.results(house.owner, done.id, only_failed=True)
    assert [result.text for result in failed] == [wrong.text]
    assert KEEPER[:30] in "".join(passage.text for passage in first.found)
    task = await wired.services.tasks.get(house.owner, done.task_id)
    assert (task.status, task.message) == (TaskStatus.COMPLETED, "3 questions asked")


async def test_a_question_that_expects_a_document_alone_is_right_when_its_source_is_cited(
    wired, house, document, clock
):
    await ask(wired, house, ASKED, Expects.ANSWER, document_id=document.id)
    done = await run(wired, house, clock)
    assert (done.measures["hit@1"], done.measures["answer_shown"], done.measures["right"]) == (1, 1, 1)
    await wired.services.documents.delete(house.owner, document.id)
    await wired.settle()
    after = await run(wired, house, clock)
    assert (after.measures["hit@1"], after.measures["right"]) == (0, 0)
    [question] = (await wired.services.quality_questions.list(house.owner)).items
    assert (question.expected.document_id, question.document_title) == (document.id, "")


async def test_a_run_that_is_significantly_worse_than_the_one_before_warns(wired, house, document, clock):
    for number in range(8):
        await ask(wired, house, f"{number}: {ASKED}", Expects.ANSWER, words=("colour of the sea",))
    first = await run(wired, house, clock)
    assert (first.measures["right"], first.change) == (1, None)
    again = await run(wired, house, clock)
    assert (again.change.verdict, again.change.common_count) == (Verdict.SAME, 8)
    assert not await wired.services.quality_runs.warnings(house.owner)
    await wired.services.documents.delete(house.owner, document.id)
    await wired.settle()
    worse = await run(wired, house, clock)
    assert worse.change.verdict is Verdict.WORSE
    right = worse.change.measures[0]
    assert (right.name, right.before, right.after, right.better_count, right.worse_count) == ("right", 1, 0, 0, 8)
    assert right.p_value == pytest.approx(2 / 2**8)
    assert [warned.id for warned in await wired.services.quality_runs.warnings(house.owner)] == [worse.id]
    compared = await wired.services.quality_runs.compare(house.owner, worse.id, baseline_id=first.id)
    assert {change.name: change.after for change in compared.configuration}["documents"] == "0"
    assert len(compared.questions) == 8
    assert not any(change.is_better for change in compared.questions)
    back = await wired.services.quality_runs.compare(house.owner, first.id, baseline_id=worse.id)
    assert back.change.verdict is Verdict.BETTER


async def test_only_questions_that_ask_and_expect_the_same_are_compared(wired, house, document, clock):
    kept = await ask(wired, house, ASKED, Expects.ANSWER, words=("colour of the sea",))
    changed = await ask(wired, house, ABSENT)
    await run(wired, house, clock)
    await wired.services.quality_questions.update(
        house.owner, changed.id, text=ABSENT, expects=Expects.ANSWER, expected=Expectation(words=("twelve",))
    )
    after = await run(wired, house, clock)
    assert after.change.common_count == 1
    assert kept.id != changed.id


async def test_one_run_of_a_knowledge_base_at_a_time_and_none_of_nothing(wired, house, document, clock):
    runs = wired.services.quality_runs
    with pytest.raises(NothingToMeasure):
        await runs.start(house.owner, house.knowledge_base_id)
    await ask(wired, house, "Not said yet", Expects.OPEN)
    with pytest.raises(NothingToMeasure):
        await runs.start(house.owner, house.knowledge_base_id)
    await ask(wired, house, ABSENT)
    started = await runs.start(house.owner, house.knowledge_base_id)
    assert started.status is TaskStatus.QUEUED
    with pytest.raises(RunInProgress):
        await runs.start(house.owner, house.knowledge_base_id)
    await runs.delete(house.owner, started.id)
    await wired.settle()
    task = await wired.services.tasks.get(house.owner, started.task_id)
    assert task.status is TaskStatus.CANCELLED
    assert (await runs.list(house.owner)).items == ()


async def test_a_run_that_was_cancelled_says_so(wired, house, document):
    await ask(wired, house, ABSENT)
    started = await wired.services.quality_runs.start(house.owner, house.knowledge_base_id)
    await wired.services.tasks.cancel(house.owner, TaskId(started.task_id))
    assert (await wired.services.quality_runs.get(house.owner, started.id)).status is TaskStatus.CANCELLED


async def test_a_broken_off_run_goes_on_where_it_was(wired, house, document, clock, monkeypatch):
    for number in range(3):
        await ask(wired, house, f"{number}: {ABSENT}")
    started = await wired.services.quality_runs.start(house.owner, house.knowledge_base_id)
    asked: list[str] = []
    asker = wired.application.runner._handlers._measuring._asker
    original = asker.ask

    async def failing_once(scope, text, **options):
        asked.append(text)
        if len(asked) == 2:
            raise RuntimeError("the process died")
        return await original(scope, text, **options)

    monkeypatch.setattr(asker, "ask", failing_once)
    await wired.settle()
    assert len(await wired.services.quality_runs.results(house.owner, started.id)) == 1
    clock.advance(seconds=120)
    await wired.settle()
    done = await wired.services.quality_runs.get(house.owner, started.id)
    assert (done.status, done.question_count) == (TaskStatus.COMPLETED, 3)
    assert len(asked) == 4
    assert asked.count(asked[0]) == 1


async def test_a_run_counts_no_questions_of_people(wired, house, document, clock):
    await ask(wired, house, ASKED, Expects.ANSWER, words=("sea",))
    await run(wired, house, clock)
    async with wired.store.read(house.owner) as tx:
        days = await tx.usage.per_day(clock.now().date(), clock.now().date())
    assert "questions" not in {metric for _, metric, _ in days}


async def test_questions_are_checked(wired, house, document):
    questions = wired.services.quality_questions
    await ask(wired, house, ASKED)
    with pytest.raises(QuestionTaken):
        await ask(wired, house, ASKED.upper() + " ")
    with pytest.raises(ExpectationMissing):
        await ask(wired, house, "Another?", Expects.ANSWER)
    with pytest.raises(InvalidInput):
        await ask(wired, house, "Another?", Expects.ANSWER, words=("sea",), page=2)
    with pytest.raises(InvalidInput):
        await ask(wired, house, "Another?", Expects.ANSWER, document_id=document.id, page=99)
    second = await wired.services.knowledge_bases.create(house.owner, name="Second")
    with pytest.raises(InvalidInput):
        await questions.create(
            house.owner,
            knowledge_base_id=second.id,
            text="Another?",
            expects=Expects.ANSWER,
            expected=Expectation(document_id=document.id),
        )
    again = await questions.create(house.owner, knowledge_base_id=second.id, text=ASKED, expects=Expects.NOTHING)
    assert again.knowledge_base_id == second.id
    await wired.services.knowledge_bases.delete(house.owner, second.id)
    with pytest.raises(NotFound):
        await questions.get(house.owner, again.id)


async def test_a_knowledge_base_holds_so_many_questions(wired, house):
    lines = ["question,not_in_documents", *(f"Question number {number}?,yes" for number in range(200))]
    files = wired.services.quality_files
    base = house.knowledge_base_id
    assert (await files.import_csv(house.owner, knowledge_base_id=base, csv="\n".join(lines))).added_count == 200
    with pytest.raises(TooManyQuestions):
        await ask(wired, house, "One more?")


async def test_a_file_is_taken_over_whole(wired, house, document):
    text = (
        "\ufeffPitanje;Dokument;Stranica;Odgovor;Nije u dokumentima\r\n"
        "Što čuvar zapisuje?;notes;;boju mora | colour of the sea;\r\n"
        "Tko svira violinu?;;;;da\r\n"
        "'=1+1 koliko je?;notes.txt;;;\r\n"
        "A što još?;;;;\r\n"
    )
    files, base = wired.services.quality_files, house.knowledge_base_id
    assert (await files.import_csv(house.owner, knowledge_base_id=base, csv=text)).added_count == 4
    questions = {view.text: view for view in (await wired.services.quality_questions.list(house.owner)).items}
    kept = questions["Što čuvar zapisuje?"]
    assert (kept.expects, kept.expected.document_id, kept.expected.words) == (
        Expects.ANSWER, document.id, ("boju mora", "colour of the sea"),
    )  # fmt: skip
    assert questions["Tko svira violinu?"].expects is Expects.NOTHING
    assert questions["=1+1 koliko je?"].expected.document_id == document.id
    assert questions["A što još?"].expects is Expects.OPEN
    exported = b"".join([line async for line in files.export_csv(house.owner, knowledge_base_id=base)]).decode()
    assert len(list(csv.reader(io.StringIO(exported)))) == 5
    for view in questions.values():
        await wired.services.quality_questions.delete(house.owner, view.id)
    assert (await files.import_csv(house.owner, knowledge_base_id=base, csv=exported)).added_count == 4
    back = {view.text: view for view in (await wired.services.quality_questions.list(house.owner)).items}
    assert {text: (view.expects, view.expected) for text, view in back.items()} == {
        text: (view.expects, view.expected) for text, view in questions.items()
    }


async def test_a_file_with_wrong_rows_adds_nothing_and_says_what_is_wrong_in_each(wired, house, document):
    await ask(wired, house, ASKED)
    rows = [
        "question,document,page,answer,not_in_documents",
        f"{ASKED},,,,yes",
        "Good?,notes,,sea,",
        "Good?,notes,,sea,",
        ",notes,,,",
        "Where?,no such file,,,",
        "Where now?,notes,zwei,,",
        f"Where then?,notes,{'9' * 5000},,",
        "Which page?,notes,7,,",
        "Which?,,3,words,",
        "Really?,,,sea,yes",
        "Maybe?,,,,perhaps",
    ]
    files, base = wired.services.quality_files, house.knowledge_base_id
    result = await files.import_csv(house.owner, knowledge_base_id=base, csv="\n".join(rows))
    assert result.added_count == 0
    assert [(problem.row, problem.code) for problem in result.problems] == [
        (2, "question_taken"),
        (4, "question_twice"),
        (5, "question_missing"),
        (6, "document_unknown"),
        (7, "page_not_a_number"),
        (8, "page_not_a_number"),
        (9, "page_beyond_end"),
        (10, "page_without_document"),
        (11, "absent_and_expected"),
        (12, "absent_not_clear"),
    ]
    assert len((await wired.services.quality_questions.list(house.owner)).items) == 1
    for text in ("", "answer\nsea", 'question\n"open'):
        with pytest.raises(InvalidInput):
            await files.import_csv(house.owner, knowledge_base_id=base, csv=text)


async def test_bad_ratings_are_listed_as_each_chat_allows(wired, house, document):
    services = wired.services
    admin, member = await add_member(wired.store, house, Role.ADMIN), await add_member(wired.store, house, Role.MEMBER)
    chat_id, answer = await converse(wired, member, ASKED)
    await services.chats.give_feedback(
        member, answer, rating="down", reason=FeedbackReason.WRONG_SOURCE, comment="The keeper is a secret."
    )
    assert (await services.bad_ratings.list(admin)).items == ()
    [count] = await services.bad_ratings.counts(admin)
    assert (count.reason, count.count, count.hidden_count) == (FeedbackReason.WRONG_SOURCE, 1, 1)
    with pytest.raises(NotFound):
        await services.quality_questions.take_over(admin, answer)
    await services.sharing.share_with_tenant(member, chat_id)
    [shown] = (await services.bad_ratings.list(admin)).items
    assert (shown.question, shown.comment, shown.rated_by) == (ASKED, "The keeper is a secret.", "The member")
    assert shown.knowledge_base_id == house.knowledge_base_id
    assert shown.sources[0].passage.document_id == document.id
    assert not shown.is_taken_over
    base = KnowledgeBaseId(house.knowledge_base_id)
    listed = services.bad_ratings.list
    assert len((await listed(admin, reason=FeedbackReason.WRONG_SOURCE, knowledge_base_id=base)).items) == 1
    assert (await listed(admin, reason=FeedbackReason.WRONG)).items == ()
    second = await services.knowledge_bases.create(house.owner, name="Second")
    assert (await listed(admin, knowledge_base_id=second.id)).items == ()
    taken = await services.quality_questions.take_over(admin, answer)
    assert (taken.text, taken.expects, taken.origin) == (ASKED, Expects.OPEN, QuestionOrigin.FEEDBACK)
    assert (await listed(admin)).items[0].is_taken_over
    with pytest.raises(Conflict):
        await services.quality_questions.take_over(admin, answer)


async def test_what_is_read_by_policy_is_written_down_for_the_owner_of_the_chat(wired, house, document):
    services = wired.services
    admin, member = await add_member(wired.store, house, Role.ADMIN), await add_member(wired.store, house, Role.MEMBER)
    chat_id, answer = await converse(wired, member, ASKED)
    await services.chats.give_feedback(member, answer, rating="down", reason=FeedbackReason.WRONG)
    async with wired.store.begin(house.owner) as tx:
        await tx.tenant.change(admins_may_read_chats=True)
    narrow = replace(admin, permissions=admin.permissions - {Permission.READ_CHATS_OF_OTHERS})
    assert (await services.bad_ratings.list(narrow)).items == ()
    with pytest.raises(NotFound):
        await services.quality_questions.take_over(narrow, answer)
    assert not await services.oversight_chats.readings(member, chat_id)
    assert len((await services.bad_ratings.list(admin)).items) == 1
    [reading] = await services.oversight_chats.readings(member, chat_id)
    assert reading.name == "The admin"
    async with wired.store.read(house.owner) as tx:
        events = await tx.audit.list_events(limit=10, actions=(AuditAction.CHAT_READ_BY_ADMIN.value,))
    assert [event.target_id for event in events] == [chat_id]


async def test_a_reported_question_is_taken_over_without_opening_its_chat(wired, house, document):
    services = wired.services
    admin, member = await add_member(wired.store, house, Role.ADMIN), await add_member(wired.store, house, Role.MEMBER)
    _, answer = await converse(wired, member, ABSENT)
    await services.missing_reports.report(member, answer)
    [report] = (await services.missing_reports.list(admin)).items
    assert not report.is_taken_over
    taken = await services.quality_questions.take_over_report(admin, report.id)
    assert (taken.text, taken.origin) == (ABSENT, QuestionOrigin.REPORT)
    [report] = (await services.missing_reports.list(admin)).items
    assert report.is_taken_over
    with pytest.raises(NotFound):
        await services.quality_questions.take_over(admin, answer)


async def test_only_a_bad_answer_has_a_reason_and_another_rating_replaces_it(wired, house, document):
    services = wired.services
    _, answer = await converse(wired, house.owner, ASKED)
    with pytest.raises(InvalidInput):
        await services.chats.give_feedback(house.owner, answer, rating="up", reason=FeedbackReason.WRONG)
    await services.chats.give_feedback(house.owner, answer, rating="down", reason=FeedbackReason.OUTDATED)
    [shown] = (await services.bad_ratings.list(house.owner)).items
    assert shown.reason is FeedbackReason.OUTDATED
    await services.chats.give_feedback(house.owner, answer, rating="up")
    assert (await services.bad_ratings.list(house.owner)).items == ()


async def test_everything_is_written_down(wired, house, document, clock):
    question = await ask(wired, house, ABSENT)
    await wired.services.quality_questions.update(
        house.owner, question.id, text=ABSENT + " Really?", expects=Expects.NOTHING
    )
    done = await run(wired, house, clock)
    await wired.services.quality_runs.delete(house.owner, done.id)
    await wired.services.quality_questions.delete(house.owner, question.id)
    async with wired.store.read(house.owner) as tx:
        events = await tx.audit.list_events(limit=50)
    quality = [event.action for event in reversed(events) if event.action.startswith("quality.")]
    assert quality == [
        "quality.question_added", "quality.question_changed", "quality.run_started", "quality.run_deleted",
        "quality.question_deleted",
    ]  # fmt: skip


async def test_what_a_person_said_about_answers_is_exported_and_goes_with_their_chats(wired, house, document, clock):
    services = wired.services
    member = await add_member(wired.store, house, Role.MEMBER)
    chat_id, answer = await converse(wired, house.owner, ASKED)
    await services.sharing.share_with_tenant(house.owner, chat_id)
    await services.chats.give_feedback(member, answer, rating="down", reason=FeedbackReason.WRONG, comment="My words.")
    await services.quality_questions.take_over(house.owner, answer)
    proven = replace(member, authenticated_at=clock.now())
    said = b"".join([piece async for piece in await services.personal_data.export(proven)])
    assert json.loads(said)["ratings"][0]["comment"] == "My words."
    own = replace(house.owner, authenticated_at=clock.now())
    asked = b"".join([piece async for piece in await services.personal_data.export(own)])
    assert json.loads(asked)["test_questions"][0]["text"] == ASKED
    await services.members.remove(own, member.user_id, erase_chats=True)
    assert (await services.bad_ratings.list(house.owner)).items == ()
