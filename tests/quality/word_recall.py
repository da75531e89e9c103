"""Share of the words of reference texts that stand in what was read of their files; run it for a table.

`python -m tests.quality.word_recall [PATTERN]` reads the files of `../shared/real`; see the README there.
"""

import asyncio
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

from ragapp.core.errors import RagAppError
from tests.quality.shared_files import SHARED, FileReader

REAL = SHARED / "real"
_WORD = re.compile(r"\w{2,}")


def words_of(text: str) -> Counter[str]:
    """Return the words of a text, letters composed and small, with their counts."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def recall(reference: str, text: str) -> float:
    """Return the share of the multiset of reference words that stands in a text; 1 where there are none."""
    wanted, found = words_of(reference), words_of(text)
    return sum((wanted & found).values()) / total if (total := wanted.total()) else 1.0


async def measure(pattern: str = "*") -> dict[str, tuple[float, str]]:
    """Return recall and commonest missing words (or the failure) by file name."""
    reader, found = FileReader(), {}
    try:
        for path in sorted(REAL.glob(pattern)):
            reference = path.with_name(path.name + ".txt")
            if reference.is_file():
                found[path.name] = await _measure(reader, path, reference.read_text(encoding="utf-8"))
    finally:
        reader.close()
    return found


async def _measure(reader: FileReader, path: Path, reference: str) -> tuple[float, str]:
    try:
        text = "\n".join((await reader.read(path)).texts())
    except RagAppError as error:
        return (0.0 if words_of(reference) else 1.0), error.code
    missing = words_of(reference) - words_of(text)
    return recall(reference, text), ", ".join(f"{word} {count}" for word, count in missing.most_common(8))


if __name__ == "__main__":
    rows = asyncio.run(measure(*sys.argv[1:2]))
    for name, (share, missing) in sorted(rows.items(), key=lambda row: row[1]):
        if share < 1:
            print(f"{share:.3f}  {name}  {missing}")
    print(f"{sum(share >= 0.97 for share, _ in rows.values())} of {len(rows)} reach .97")
