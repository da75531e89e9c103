"""How many questions about one row of a table are answered out of that row, by format and language.

A table of 120 invoices is read in six formats, each in a knowledge base of its own, and asked 12 questions; the answer
is right if it names the invoice and its amount and no other invoice. Run: `python -m benchmarks.table_lookup`.
"""

import argparse
import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from ragapp.bootstrap import open_services
from ragapp.config import Settings
from ragapp.core.events import AnswerDone
from ragapp.core.lifecycle import TaskStatus
from ragapp.core.scope import TenantScope
from ragapp.logs import configure_logs
from ragapp.services.library.file_streams import stream_file
from ragapp.services.registry import Services
from ragapp.services.views import QueryRequest
from tests.fakes.table_files import FORMATS

ASKED_FORMATS = ("csv", "xlsx", "docx", "html", "md", "pdf")
_ROW_COUNT = 120
_QUESTIONS = (
    "What is the amount of invoice {id}?",
    "How much was invoice {id}?",
    "Koliki je iznos računa {id}?",
    "Koliko iznosi račun {id}?",
)
_HEADERS = {"en": ("Invoice", "Customer", "Amount", "Date"), "hr": ("Račun", "Kupac", "Iznos", "Datum")}
_INVOICE = re.compile(r"INV-2026-\d+")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question and what came of it."""

    format: str
    question: str
    answer: str
    is_right: bool
    seconds: float


def invoices(language: str, count: int = _ROW_COUNT, *, seed: int = 7) -> list[list[str]]:
    """Return a table of invoices under its header; seven rows share each customer, and amounts have no pattern."""
    draw = random.Random(seed)
    names = ("Damir", "Hana", "Ivo", "Mia", "Luka", "Eva", "Petra", "Marko")
    rows = [list(_HEADERS[language])]
    for number in range(count):
        amount = f"{draw.randint(100, 9999)} EUR"
        date = f"{draw.randint(1, 28)}.{draw.randint(1, 12)}.2026."
        rows.append([f"INV-2026-{1000 + 7 * number}", draw.choice(names), amount, date])
    return rows


def questions_about(rows: Sequence[Sequence[str]], count: int = 12) -> Iterator[tuple[str, str, str]]:
    """Yield (question, invoice, amount) for rows from the whole table, half of them Croatian."""
    body = rows[1:]
    for number in range(count):
        row = body[(number * len(body)) // count + number % 3]
        yield _QUESTIONS[number % len(_QUESTIONS)].format(id=row[0]), row[0], row[2]


async def look_up(
    services: Services, scope: TenantScope, suffix: str, rows: Sequence[Sequence[str]], folder: Path
) -> list[Lookup]:
    """Return what becomes of each question over one file in a knowledge base of its own."""
    base = await services.knowledge_bases.create(scope, name=f"Lookup {suffix} {token_urlsafe(4)}")
    path = folder / f"invoices.{suffix}"
    path.write_bytes(FORMATS[suffix](rows))
    upload = await services.documents.upload(scope, stream_file(path), filename=path.name, knowledge_base_id=base.id)
    async for task in services.tasks.follow(scope, upload.task_id):
        if task.status is TaskStatus.FAILED:
            raise RuntimeError(f"{path.name}: {task.message}")
    return [await _ask(services, scope, suffix, base.id, *asked) for asked in questions_about(rows)]


async def _ask(
    services: Services, scope: TenantScope, suffix: str, base_id: str, question: str, invoice: str, amount: str
) -> Lookup:
    started = time.perf_counter()
    request = QueryRequest(text=question, knowledge_base_ids=(base_id,))
    async for event in services.answers.stream(scope, request):
        if isinstance(event, AnswerDone):
            named = set(_INVOICE.findall(event.text))
            is_right = event.summary.answerable and named == {invoice} and amount in event.text
            return Lookup(suffix, question, event.text, is_right, time.perf_counter() - started)
    raise RuntimeError("no answer")


async def measure(row_count: int, languages: Sequence[str], formats: Sequence[str] = ASKED_FORMATS) -> list[Lookup]:
    """Return what becomes of every question, in a throw-away installation."""
    with TemporaryDirectory(prefix="ragapp-lookup-") as data_dir:
        settings = Settings(data_dir=Path(data_dir), database_url="")
        async with open_services(settings, run_tasks=True) as services:
            password = token_urlsafe(24)
            owner = await services.console.create_owner(email="a@example.org", password=password, tenant="lookup")
            scope = await services.console.scope_of_tenant(owner.tenant_slug)
            found: list[Lookup] = []
            for language in languages:
                rows = invoices(language, row_count)
                for suffix in formats:
                    found += await look_up(services, scope, suffix, rows, Path(data_dir))
            return found


def main() -> None:
    """Print the count of right answers by format, and every wrong one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=_ROW_COUNT)
    parser.add_argument("--header", choices=sorted(_HEADERS), default="en")
    parser.add_argument("--formats", nargs="+", default=list(ASKED_FORMATS))
    options = parser.parse_args()
    configure_logs("warning")
    found = asyncio.run(measure(options.rows, [options.header], options.formats))
    right = Counter(lookup.format for lookup in found if lookup.is_right)
    for lookup in found:
        if not lookup.is_right:
            print(f"WRONG {lookup.format}: {lookup.question} -> {lookup.answer[:300]!r}")
    print({suffix: right[suffix] for suffix in options.formats})
    print(f"{sum(right.values())} of {len(found)}; slowest answer {max(lookup.seconds for lookup in found):.2f} s")


if __name__ == "__main__":
    main()
