"""What became of the files in an archive, as the text of the archive's document: it is not indexed, only read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ragapp.core import errors
from ragapp.core.ids import DocumentId
from ragapp.rag.types import Language, MemberProblem

_MAX_REASON_CHARS = 400


class Outcome(StrEnum):
    """What happened to one file of an archive."""

    ADDED = "added"
    ALREADY_THERE = "already_there"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class MemberResult:
    """One file: its document where it has one, else the code of why it was left out."""

    name: str
    outcome: Outcome
    document_id: DocumentId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    headings: dict[Outcome, str]
    reasons: dict[str, str]
    other: str


_ENGLISH = _Words(
    {
        Outcome.ADDED: "Added as documents of their own",
        Outcome.ALREADY_THERE: "Already there",
        Outcome.LEFT_OUT: "Left out",
    },
    {
        MemberProblem.NESTED_ARCHIVE: "an archive inside the archive; unpack it and upload its files",
        MemberProblem.LINK: "a link, not a file",
        errors.InvalidFileName.code: "its name is not that of a plain file",
        errors.EncryptedFile.code: "protected by a password",
        errors.DocumentTooComplex.code: "larger than one file may be, or packed out of all proportion",
        errors.FileTooLarge.code: "over the size limit",
        errors.ParseFailed.code: "damaged",
        errors.EmptyFile.code: "empty",
        errors.UnsupportedFileType.code: "a type of file that is not supported",
        errors.FileTypeMismatch.code: "its content does not match its name",
        errors.QuotaExceeded.code: "the organisation's quota is used up",
    },
    "not accepted",
)
_CROATIAN = _Words(
    {
        Outcome.ADDED: "Dodano kao zasebni dokumenti",
        Outcome.ALREADY_THERE: "Već postoji",
        Outcome.LEFT_OUT: "Izostavljeno",
    },
    {
        MemberProblem.NESTED_ARCHIVE: "arhiva unutar arhive; raspakirajte je i prenesite njezine datoteke",
        MemberProblem.LINK: "poveznica, a ne datoteka",
        errors.InvalidFileName.code: "naziv nije naziv obične datoteke",
        errors.EncryptedFile.code: "zaštićeno lozinkom",
        errors.DocumentTooComplex.code: "veće nego što jedna datoteka smije biti ili nerazmjerno sažeto",
        errors.FileTooLarge.code: "preko ograničenja veličine",
        errors.ParseFailed.code: "oštećeno",
        errors.EmptyFile.code: "prazno",
        errors.UnsupportedFileType.code: "vrsta datoteke koja nije podržana",
        errors.FileTypeMismatch.code: "sadržaj ne odgovara nazivu",
        errors.QuotaExceeded.code: "kvota organizacije je potrošena",
    },
    "nije prihvaćeno",
)


def build_report(results: Sequence[MemberResult], language: str) -> str:
    """Return the report in the language of the person who uploaded the archive.

    Args:
        results: One per file, in the order of the archive; names are cleaned.
        language: "hr" or "en".
    """
    words = _CROATIAN if language == Language.CROATIAN else _ENGLISH
    parts = []
    for outcome, heading in words.headings.items():
        lines = [_line(result, words) for result in results if result.outcome is outcome]
        if lines:
            parts.append(f"{heading} ({len(lines)}):\n" + "\n".join(lines))
    return "\n\n".join(parts)


def why_nothing(results: Iterable[MemberResult]) -> str:
    """Return in one English sentence why no file of an archive could be read."""
    reasons = "; ".join(_line(result, _ENGLISH) for result in results)
    if not reasons:
        return "This archive holds no files."
    shown = reasons if len(reasons) <= _MAX_REASON_CHARS else reasons[:_MAX_REASON_CHARS] + "…"
    return f"No file in this archive can be read. {shown}"


def _line(result: MemberResult, words: _Words) -> str:
    if result.outcome is not Outcome.LEFT_OUT:
        return result.name
    return f"{result.name}: {words.reasons.get(result.reason, words.other)}"
