"""The one `Services` object of this process, for edges that are called by a framework and cannot be handed it."""

from dataclasses import dataclass

from ragapp.core.errors import InvariantBroken
from ragapp.services.access import AccessService
from ragapp.services.accounts import AccountService
from ragapp.services.answers import AnswerService
from ragapp.services.api_keys import ApiKeyService
from ragapp.services.audit_log import AuditLogService
from ragapp.services.chats import ChatService
from ragapp.services.console import ConsoleService
from ragapp.services.documents import DocumentService
from ragapp.services.embeddings import EmbeddingService
from ragapp.services.erasure import ErasureService
from ragapp.services.external_sign_in import ExternalSignInService
from ragapp.services.filing import FilingService
from ragapp.services.flags import FlagService
from ragapp.services.health import HealthService
from ragapp.services.health_history import HealthHistory
from ragapp.services.idempotency import IdempotencyService
from ragapp.services.imports import ImportService
from ragapp.services.invitations import InvitationService
from ragapp.services.joining import JoiningService
from ragapp.services.knowledge_bases import KnowledgeBaseService
from ragapp.services.limits import LimitService
from ragapp.services.linked_identities import LinkedIdentityService
from ragapp.services.mail import MailService
from ragapp.services.members import MemberService
from ragapp.services.metrics import MetricsService
from ragapp.services.missing_reports import MissingReportService
from ragapp.services.moving import MovingService
from ragapp.services.oversight_chats import OversightChatService
from ragapp.services.password_resets import PasswordResetService
from ragapp.services.personal_data import PersonalDataService
from ragapp.services.platform import PlatformService
from ragapp.services.providers import ProviderService
from ragapp.services.runs import RunService
from ragapp.services.search import SearchService
from ragapp.services.second_factor import SecondFactorService
from ragapp.services.sessions import SessionService
from ragapp.services.setup import SetupService
from ragapp.services.sharing import SharingService
from ragapp.services.sign_in import SignInService
from ragapp.services.sources import SourceService
from ragapp.services.suspension import SuspensionService
from ragapp.services.tasks import TaskService
from ragapp.services.tenant_settings import TenantSettingsService
from ragapp.services.tenants import TenantService
from ragapp.services.usage import UsageService
from ragapp.services.versions import VersionService
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
    api_keys: ApiKeyService
    audit_log: AuditLogService
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
    missing_reports: MissingReportService
    linked_identities: LinkedIdentityService
    moving: MovingService
    oversight_chats: OversightChatService
    providers: ProviderService
    platform: PlatformService
    mail: MailService
    password_resets: PasswordResetService
    personal_data: PersonalDataService
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
