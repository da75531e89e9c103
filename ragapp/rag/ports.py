"""What retrieval and answering need from the outside. Adapters and test fakes implement these contracts."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragapp.core.ids import ChunkId
from ragapp.core.lifecycle import ARCHIVE_TYPE
from ragapp.rag.types import ArchiveMember, CollectionRef, GenerationRequest, GeneratorStatus, Hit, ParsedDocument

Vectors = NDArray[np.float32]
PageProgress = Callable[[int, int], Awaitable[None]]
"""Called with how many pages are done, of how many."""


class Parser(Protocol):
    """Turns a file into text. Runs parsers in a limited child process, never in the caller's."""

    async def identify(self, path: Path, *, filename: str, declared_type: str | None) -> str:
        """Return the media type of a file by content, extension and declaration together.

        Raises:
            UnsupportedFileType: no parser for this type.
            FileTypeMismatch: content and name disagree.
        """

    async def parse(
        self, path: Path, *, content_type: str, progress: PageProgress | None = None
    ) -> ParsedDocument:
        """Extract text, pages and headings; text is normalised to NFC with LF line ends.

        Pages that are pictures are recognised one by one; `progress` hears how many of how many are done.

        Raises:
            ParseFailed: damaged. NoTextFound: nothing to read. EncryptedFile: password needed.
            TextRecognitionMissing: nothing but pictures of text, and nothing here that reads them.
            DocumentTooComplex: over the time, memory, page or output limit.
        """


class ArchiveReader(Protocol):
    """Takes files out of archives and documents. Looks into them in a limited child process, never in the caller's."""

    async def list_members(self, path: Path, *, content_type: str = ARCHIVE_TYPE) -> tuple[ArchiveMember, ...]:
        """Return the files inside a file in its own order, without folders; names are as foreign as the bytes.

        Raises:
            ParseFailed: damaged. DocumentTooComplex: more members or bytes than allowed.
        """

    def stream(
        self, path: Path, member: ArchiveMember, *, content_type: str = ARCHIVE_TYPE
    ) -> AsyncGenerator[bytes]:
        """Yield one member unpacked, piece by piece, never more bytes than `member.size_bytes`.

        Raises:
            ParseFailed: damaged, or other than it says. DocumentTooComplex: over the size or ratio limit.
        """


class PageRenderer(Protocol):
    """Draws a page of a paged document with a passage marked."""

    async def render(
        self, path: Path, *, content_type: str, page: int, start: int, end: int, page_start: int = -1
    ) -> bytes:
        """Return a PNG of page `page` (from 1) with characters [start, end) of the extracted text highlighted.

        Offsets are those of `Parser.parse` for the same bytes; an empty range marks nothing. `page_start` is where the
        page starts in that text; without it (negative) text that was recognised on earlier pages puts the mark wrong.

        Raises:
            NotFound: no such page, or the format has no pages.
        """


class Embedder(Protocol):
    """Text to unit vectors. Questions and passages may be encoded differently.

    `fingerprint` names model, revision, pooling, prefixes and precision: two embedders with one fingerprint give the
    same vectors. `dimension` is the vector length.
    """

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,), float32.

        Raises:
            EmbedderUnavailable: the model cannot be reached or loaded.
        """

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), float32, in the order of `texts`; finite, never zero.

        Raises:
            EmbedderUnavailable: the model cannot be reached or loaded.
        """

    async def close(self) -> None:
        """Free the model."""


class VectorIndex(Protocol):
    """A disposable nearest-neighbour index; everything in it can be rebuilt from SQL. Insert-only.

    Raises (all methods): IndexUnavailable.
    """

    async def add(self, ref: CollectionRef, ids: Sequence[ChunkId], vectors: Vectors) -> None:
        """Add new vectors, creating the collection if needed. Ids already present are skipped, never overwritten."""

    async def query(self, ref: CollectionRef, vector: Vectors, *, limit: int) -> list[Hit]:
        """Return up to `limit` nearest ids by cosine similarity, best first; an absent collection gives []."""

    async def remove(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> None:
        """Remove those ids; absent ids are ignored."""

    async def list_ids(self, ref: CollectionRef) -> set[ChunkId]:
        """Return every id in the collection (empty if absent)."""

    async def fetch(self, ref: CollectionRef, ids: Sequence[ChunkId]) -> dict[ChunkId, Vectors]:
        """Return the stored vectors of those ids that are present."""

    async def drop(self, ref: CollectionRef) -> None:
        """Remove the whole collection if it is there."""

    async def list_collections(self) -> list[CollectionRef]:
        """Return every collection this index holds."""

    async def ping(self) -> None:
        """Return if the index answers."""

    async def close(self) -> None:
        """Flush and free."""


class Generator(Protocol):
    """Writes an answer from numbered passages, citing them as `[n]`."""

    @property
    def name(self) -> str:
        """"extractive", "ollama" …; shown to the reader and stored with the answer."""

    async def status(self) -> GeneratorStatus:
        """Return whether it can answer now; never raises, bounded by a short timeout."""

    def stream(self, request: GenerationRequest) -> AsyncGenerator[str]:
        """Yield pieces of answer text as they come; closing the iterator stops the model.

        Raises:
            GeneratorUnavailable, ModelMissing: it cannot answer; text yielded before stays valid.
        """

    async def close(self) -> None:
        """Free connections."""
