"""The one `Services` object of this process, for edges that are called by a framework and cannot be handed it."""

from dataclasses import dataclass, field

from ragapp.core.addresses import TrustedProxies
from ragapp.core.errors import InvariantBroken
from ragapp.services.access import AccessService
from ragapp.services.chat.answers import AnswerService
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.missing_reports import MissingReportService
from ragapp.services.chat.model_connection import ModelConnectionService
from ragapp.services.chat.oversight_chats import OversightChatService
from ragapp.services.chat.runs import RunService
from ragapp.services.chat.sharing import SharingService
from ragapp.services.console import ConsoleService
from ragapp.services.idempotency import IdempotencyService
from ragapp.services.identity.accounts import AccountService
from ragapp.services.identity.external_sign_in import ExternalSignInService
from ragapp.services.identity.linked_identities import LinkedIdentityService
from ragapp.services.identity.password_resets import PasswordResetService
from ragapp.services.identity.providers import ProviderService
from ragapp.services.identity.second_factor import SecondFactorService
from ragapp.services.identity.sessions import SessionService
from ragapp.services.identity.setup import SetupService
from ragapp.services.identity.sign_in import SignInService
from ragapp.services.library.documents import DocumentService
from ragapp.services.library.filing import FilingService
from ragapp.services.library.imports import ImportService
from ragapp.services.library.knowledge_bases import KnowledgeBaseService
from ragapp.services.library.moving import MovingService
from ragapp.services.library.sources import SourceService
from ragapp.services.library.versions import VersionService
from ragapp.services.mail import MailService
from ragapp.services.oversight.audit_log import AuditLogService
from ragapp.services.oversight.health import HealthService
from ragapp.services.oversight.health_history import HealthHistory
from ragapp.services.oversight.metrics import MetricsService
from ragapp.services.oversight.usage import UsageService
from ragapp.services.personal_data import PersonalDataService
from ragapp.services.quality.bad_ratings import BadRatingService
from ragapp.services.quality.question_files import QuestionFileService
from ragapp.services.quality.questions import QualityQuestionService
from ragapp.services.quality.runs import QualityRunService
from ragapp.services.retrieval.embeddings import EmbeddingService
from ragapp.services.retrieval.search import SearchService
from ragapp.services.tenancy.api_keys import ApiKeyService
from ragapp.services.tenancy.flags import FlagService
from ragapp.services.tenancy.invitations import InvitationService
from ragapp.services.tenancy.joining import JoiningService
from ragapp.services.tenancy.limits import LimitService
from ragapp.services.tenancy.members import MemberService
from ragapp.services.tenancy.platform import PlatformService
from ragapp.services.tenancy.suspension import SuspensionService
from ragapp.services.tenancy.tenant_settings import TenantSettingsService
from ragapp.services.tenancy.tenants import TenantService
from ragapp.services.upkeep.erasure import ErasureService
from ragapp.services.upkeep.tasks import TaskService
from ragapp.services.vigil import Vigil


@dataclass(frozen=True, slots=True)
class Bounds:
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
    origins: tuple[str, ...] = ()
    """Origins of browsers trusted besides the one a page was served from."""
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    """The proxies whose `X-Forwarded-*` headers are believed."""
    generator_model: str = ""
    """The model that writes answers, empty where none is wanted."""


@dataclass(frozen=True, slots=True)
class Services:
    """Every use case of the product."""

    access: AccessService
    accounts: AccountService
    answers: AnswerService
    api_keys: ApiKeyService
    audit_log: AuditLogService
    bad_ratings: BadRatingService
    chats: ChatService
    console: ConsoleService
    documents: DocumentService
    embeddings: EmbeddingService
    erasure: ErasureService
    external_sign_in: ExternalSignInService
    filing: FilingService
    flags: FlagService
    health: HealthService
    health_history: HealthHistory
    idempotency: IdempotencyService
    imports: ImportService
    invitations: InvitationService
    joining: JoiningService
    knowledge_bases: KnowledgeBaseService
    limits: LimitService
    members: MemberService
    metrics: MetricsService
    model_connection: ModelConnectionService
    missing_reports: MissingReportService
    linked_identities: LinkedIdentityService
    moving: MovingService
    oversight_chats: OversightChatService
    providers: ProviderService
    platform: PlatformService
    mail: MailService
    password_resets: PasswordResetService
    personal_data: PersonalDataService
    quality_files: QuestionFileService
    quality_questions: QualityQuestionService
    quality_runs: QualityRunService
    runs: RunService
    search: SearchService
    second_factor: SecondFactorService
    sessions: SessionService
    setup: SetupService
    sharing: SharingService
    sign_in: SignInService
    sources: SourceService
    suspension: SuspensionService
    tasks: TaskService
    tenant_settings: TenantSettingsService
    tenants: TenantService
    usage: UsageService
    versions: VersionService
    vigil: Vigil
    bounds: Bounds
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
