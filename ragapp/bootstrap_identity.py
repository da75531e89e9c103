"""Composition of everything about who people are and how they prove it."""

from dataclasses import dataclass

from ragapp.adapters.file_mailer import FileMailer
from ragapp.adapters.rate_limiter import LocalRateLimiter, RedisRateLimiter
from ragapp.adapters.smtp_mailer import SmtpMailer, SmtpServer
from ragapp.config import Settings
from ragapp.core.ports import Clock, Mailer, PasswordHasher, RateLimiter, SecretBox
from ragapp.services.access import AccessService
from ragapp.services.console import ConsoleService
from ragapp.services.identity.access_tokens import SIGNING_PURPOSE, AccessTokens
from ragapp.services.identity.accounts import AccountService
from ragapp.services.identity.confirmation import Confirmations
from ragapp.services.identity.password_resets import PasswordResetService
from ragapp.services.identity.second_factor import SecondFactorService
from ragapp.services.identity.session_opening import SessionOpener
from ragapp.services.identity.sessions import SessionService
from ragapp.services.identity.setup import SampleLoader, SetupService
from ragapp.services.identity.sign_in import SignInService
from ragapp.services.identity.throttle import Throttle
from ragapp.services.mail import MailService
from ragapp.services.tenancy.flags import FlagService
from ragapp.store.store import Store


@dataclass(frozen=True, slots=True)
class Identity:
    """The services that know people. `opener` mints sessions for those who vouch for somebody in another way."""

    access: AccessService
    accounts: AccountService
    console: ConsoleService
    mail: MailService
    password_resets: PasswordResetService
    second_factor: SecondFactorService
    sessions: SessionService
    setup: SetupService
    sign_in: SignInService
    opener: SessionOpener


def build_limiter(settings: Settings, clock: Clock) -> LocalRateLimiter | RedisRateLimiter:
    """Return what counts attempts: this process, or Redis for all of them."""
    local = LocalRateLimiter(clock)
    return RedisRateLimiter(settings.redis_url, local) if settings.redis_url else local


def build_mailer(settings: Settings) -> Mailer:
    """Return who delivers mail: the operator's server, or files for the operator to read."""
    if not settings.smtp_host:
        return FileMailer(settings.data_dir / "mail", settings.mail_from)
    server = SmtpServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security.value,
        settings.smtp_username,
        settings.smtp_password.get_secret_value(),
        settings.smtp_timeout_s,
    )
    return SmtpMailer(server, settings.mail_from)


def build_identity(
    settings: Settings,
    store: Store,
    secrets: SecretBox,
    clock: Clock,
    limiter: RateLimiter,
    mailer: Mailer,
    samples: SampleLoader,
    hasher: PasswordHasher,
    flags: FlagService,
) -> Identity:
    """Compose the services."""
    tokens = AccessTokens(secrets.signing_key(SIGNING_PURPOSE), settings.effective_public_url)
    opener = SessionOpener(clock, tokens)
    access = AccessService(store, clock, tokens, opener, flags)
    throttle = Throttle(limiter)
    confirmations = Confirmations(store, throttle)
    setup = SetupService(store, hasher, access, opener, samples)
    sign_in = SignInService(store, hasher, secrets, clock, throttle, access, opener)
    mail = MailService(store, mailer, secrets, clock, has_server=bool(settings.smtp_host))
    url = settings.effective_public_url
    return Identity(
        access=access,
        accounts=AccountService(
            store, hasher, secrets, clock, throttle, confirmations, access, opener, mail, public_url=url
        ),
        console=ConsoleService(store, access, setup, clock),
        mail=mail,
        password_resets=PasswordResetService(
            store, hasher, clock, throttle, access, sign_in, mail, public_url=url
        ),
        second_factor=SecondFactorService(store, secrets, clock, confirmations, access),
        sessions=SessionService(store, hasher, secrets, clock, confirmations, access, opener),
        setup=setup,
        sign_in=sign_in,
        opener=opener,
    )
