"""The one `Services` object of this process, for edges that are called by a framework and cannot be handed it."""

from dataclasses import dataclass

from ragapp.core.errors import InvariantBroken
from ragapp.services.access import AccessService
from ragapp.services.accounts import AccountService
from ragapp.services.answers import AnswerService
from ragapp.services.chats import ChatService
from ragapp.services.console import ConsoleService
from ragapp.services.documents import DocumentService
from ragapp.services.embeddings import EmbeddingService
from ragapp.services.health import HealthService
from ragapp.services.knowledge_bases import KnowledgeBaseService
from ragapp.services.oversight_chats import OversightChatService
from ragapp.services.runs import RunService
from ragapp.services.search import SearchService
from ragapp.services.sharing import SharingService
from ragapp.services.tasks import TaskService
from ragapp.services.versions import VersionService


@dataclass(frozen=True, slots=True)
class Limits:
    """What edges refuse before asking a service."""

    max_upload_bytes: int
    max_question_characters: int


@dataclass(frozen=True, slots=True)
class PublicSettings:
    """Settings edges need to render; nothing secret."""

    public_url: str
    version: str
    session_cookie_name: str
    session_cookie_secure: bool
    generator_hint: str
    origins: tuple[str, ...] = ()
    """Origins of browsers trusted besides the one a page was served from."""
    generator_model: str = ""
    """The model that writes answers, empty where none is wanted."""


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case of the product."""

    access: AccessService
    accounts: AccountService
    answers: AnswerService
    chats: ChatService
    console: ConsoleService
    documents: DocumentService
    embeddings: EmbeddingService
    health: HealthService
    knowledge_bases: KnowledgeBaseService
    oversight_chats: OversightChatService
    runs: RunService
    search: SearchService
    sharing: SharingService
    tasks: TaskService
    versions: VersionService
    limits: Limits
    settings_view: PublicSettings


_installed: list[Services] = []


def install(services: Services) -> None:
    """Make `services` the ones this process uses."""
    _installed[:] = [services]


def uninstall() -> None:
    """Forget them; the process is shutting down."""
    _installed.clear()


def current() -> Services:
    """Return the installed services.

    Raises:
        InvariantBroken: none are installed (the process has not started, or is shutting down).
    """
    if not _installed:
        raise InvariantBroken
    return _installed[0]
