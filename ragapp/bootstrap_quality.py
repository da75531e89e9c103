"""Composition of test questions, runs over them and bad ratings."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ragapp.config import VERSION, Settings
from ragapp.core.events import AnswerEvent
from ragapp.core.ports import Clock
from ragapp.core.scope import TenantScope
from ragapp.services.chat.answering import AnswerFlow
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.quality.bad_ratings import BadRatingService
from ragapp.services.quality.conditions import RunConditions
from ragapp.services.quality.measuring import QuestionAsker
from ragapp.services.quality.question_files import QuestionFileService
from ragapp.services.quality.question_rows import QuestionBuilder
from ragapp.services.quality.questions import QualityQuestionService
from ragapp.services.quality.run_worker import QualityMeasuring
from ragapp.services.quality.runs import QualityRunService
from ragapp.services.retrieval.embedder_rollover import EmbedderRollover
from ragapp.services.retrieval.search import SearchService
from ragapp.services.signals import WorkSignals
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.views import QueryRequest
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class Quality:
    """What administrators call, and the worker behind it."""

    questions: QualityQuestionService
    files: QuestionFileService
    runs: QualityRunService
    bad_ratings: BadRatingService
    measuring: QualityMeasuring


def build_quality(
    settings: Settings,
    store: Store,
    clock: Clock,
    signals: WorkSignals,
    search: SearchService,
    flow: AnswerFlow,
    generators: GeneratorChoice,
    rollover: EmbedderRollover,
    flags: FlagService,
) -> Quality:
    """Compose the services. A run asks past rates and counters of questions: nobody in particular asked."""

    def stream(scope: TenantScope, request: QueryRequest) -> AsyncGenerator[AnswerEvent]:
        return flow.stream(scope, request, request.history)

    conditions = RunConditions(store, rollover, generators, flags, version=VERSION)
    builder = QuestionBuilder(clock, max_question_characters=settings.max_question_characters)
    return Quality(
        questions=QualityQuestionService(store, builder),
        files=QuestionFileService(store, builder),
        runs=QualityRunService(store, clock, signals),
        bad_ratings=BadRatingService(store),
        measuring=QualityMeasuring(store, QuestionAsker(search.find, stream), conditions, signals),
    )
