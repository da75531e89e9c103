"""Outside things that are not retrieval: bytes, time, passwords. Adapters implement them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol

from ragapp.core.ids import TenantId


@dataclass(frozen=True, slots=True)
class StagedBlob:
    """Bytes that arrived whole, at `path`, without a lasting name yet.

    `key` will name them within the tenant, `sha256` is lowercase hex. `is_kept`: the tenant had a file of that key
    when these had arrived.
    """

    key: str
    size_bytes: int
    sha256: str
    path: Path
    is_kept: bool = False


class BlobStore(Protocol):
    """Immutable files per tenant. Writing is temp, fsync (staged), rename, fsync of the directory (kept).

    Bytes that the tenant has already are staged without the fsync, which `keep` does where it is asked to all the same.
    """

    def stage(
        self, tenant_id: TenantId, chunks: AsyncIterator[bytes], *, max_bytes: int
    ) -> AbstractAsyncContextManager[StagedBlob]:
        """Take a stream in while counting and hashing it; what the block does not keep is gone after it.

        Raises:
            FileTooLarge: more than `max_bytes` arrived. EmptyFile: no byte arrived.
            StorageUnavailable: the storage failed.
        """

    async def keep(self, tenant_id: TenantId, staged: StagedBlob) -> None:
        """Give staged bytes their lasting name, durably; the same bytes may have it already.

        Raises:
            StorageUnavailable: the storage failed.
        """

    async def open_path(self, tenant_id: TenantId, key: str) -> Path:
        """Return a local, read-only path of the bytes (a cached copy where the store is remote).

        Raises:
            NotFound: no such blob in this tenant.
        """

    async def delete(self, tenant_id: TenantId, key: str) -> None:
        """Remove the bytes if they are there."""

    async def list_keys(self, tenant_id: TenantId) -> list[str]:
        """Return all keys of the tenant."""

    async def remove_all(self, tenant_id: TenantId) -> None:
        """Remove everything of a tenant that is erased, its folder included."""

    async def sweep_temporary(self, *, older_than_s: float) -> int:
        """Remove unfinished writes older than that and return how many."""


@dataclass(frozen=True, slots=True)
class PageMark:
    """What a site said to recognise a page by; sent along, it answers "not changed" where nothing changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What is at a web address. `chunks` yields its bytes once; a page that has not changed has none.

    `url` is where redirects ended, `filename` a label with an extension that fits `content_type`.
    """

    url: str
    filename: str
    content_type: str
    mark: PageMark
    chunks: AsyncIterator[bytes]
    is_unchanged: bool = False


class FetchKind(Enum):
    """What is looked for at an address."""

    DOCUMENT = "document"
    SITEMAP = "sitemap"


class Fetcher(Protocol):
    """Reads web addresses that users give: public ones only, with limits on time, size and kind."""

    def check(self, url: str) -> str:
        """Return an address in its one spelling, without looking anything up.

        Raises:
            InvalidAddress, AddressRefused: it can never be read.
        """

    def open(
        self, tenant_id: TenantId, url: str, *, known: PageMark | None = None, kind: FetchKind = FetchKind.DOCUMENT
    ) -> AbstractAsyncContextManager[FetchedPage]:
        """Open what is at an address, while the block lasts.

        Args:
            tenant_id: Whose turn it counts as.
            url: The address.
            known: What an earlier read of the same address said.
            kind: Which types are accepted.

        Raises:
            InvalidAddress: no web address. FetchFailed: it cannot be read; the kind of error says why.
            FetchBusy: too many for this tenant; later is fine.
        """


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file in a watched folder: its path below the folder with slashes, and what changes when its content does."""

    path: str
    stamp: str


class WatchedFolders(Protocol):
    """Folders that an operator lets the product read, one per tenant, named by its slug. Links are never followed."""

    def names(self) -> list[str]:
        """Return the folders that are there."""

    async def list_files(self, name: str) -> list[WatchedFile]:
        """Return the readable files of one folder and below, hidden ones left out, ordered by path.

        Raises:
            NotFound: there is no such folder.
        """

    def stream(self, name: str, path: str) -> AsyncIterator[bytes]:
        """Yield a file's bytes.

        Raises:
            NotFound: it is gone, or leads out of the folder. StorageUnavailable: it cannot be read.
        """


class Clock(Protocol):
    """Aware UTC time, so that tests drive it."""

    def now(self) -> datetime:
        """Return the current time, aware, UTC."""


class PasswordHasher(Protocol):
    """A memory-hard password hash (argon2id). Slow on purpose: bounded concurrency inside the adapter."""

    async def hash(self, password: str) -> str:
        """Return an encoded hash with its own salt and parameters."""

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether they match; for `None` take the same time and return False."""


class SecretBox(Protocol):
    """Keys made from the installation's secret: what only this installation may read or vouch for."""

    def encrypt(self, plain: str, *, context: str) -> str:
        """Return text that only `decrypt` with the same context turns back (authenticated encryption)."""

    def decrypt(self, sealed: str, *, context: str) -> str:
        """Return the plain text.

        Raises:
            InvariantBroken: not made by this installation for this context, or changed since.
        """

    def seal(self, message: bytes) -> str:
        """Return a keyed hash of an audit event, lowercase hex, 64 characters."""

    def signing_key(self, purpose: str) -> bytes:
        """Return 32 secret bytes for one purpose (such as signing access tokens); the same at every start."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person: plain text and the same as HTML."""

    recipient: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Hands messages to whoever delivers them."""

    async def send(self, mail: Mail) -> None:
        """Deliver one message.

        Raises:
            MailUnavailable: not accepted now; trying again later can help.
        """


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` within any `window_s` seconds."""

    count: int
    window_s: int


@dataclass(frozen=True, slots=True)
class RateDecision:
    """Whether there was room, how much is left, and in how many seconds the oldest counted hit is forgotten."""

    allowed: bool
    remaining: int
    reset_after_s: int


class RateLimiter(Protocol):
    """Counts hits in moving windows, for all processes that share it. Never raises, never turns into "unlimited"."""

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> RateDecision:
        """Count `cost` hits of `key` if there is room for all of them, else none: of racing callers none gets too many.

        Args:
            key: What is limited; a prefix names the limit, so that no two limits share a count.
            rate: How many within which time.
            cost: How many hits this counts as.
        """

    async def peek(self, key: str, rate: Rate) -> RateDecision:
        """Return what one hit would be answered now, without counting it."""

    async def forget(self, key: str, rate: Rate) -> None:
        """Start the count of `key` anew."""
