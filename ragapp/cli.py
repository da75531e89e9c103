"""Commands for whoever runs the installation; each calls one service. Imports are inside: `--help` is instant."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ragapp.core.errors import ConfigurationError, RagAppError
from ragapp.core.plans import Plan

if TYPE_CHECKING:
    from ragapp.config import Settings
    from ragapp.services.console import OwnerCreated
    from ragapp.services.evaluation import Report
    from ragapp.services.registry import Services
    from ragapp.services.upkeep.findings import Report as TenantReport
    from ragapp.services.views import TaskView

T = TypeVar("T")

app = typer.Typer(help="Ask your own documents.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
TenantSlug = Annotated[str, typer.Option("--tenant", help="Short name of the organisation.")]


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Default: RAGAPP_PORT or 3000.")] = None,
    host: Annotated[str | None, typer.Option(help="Default: RAGAPP_HOST or 127.0.0.1.")] = None,
) -> None:
    """Run the app: pages, API and background work on one port."""
    from ragapp.server import serve as serve_app

    _guarded(lambda: serve_app(_settings(port=port, host=host)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="0: a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open it in the browser.")] = True,
    gone_after: Annotated[float, typer.Option(help="Seconds after the last page was closed; 0: never.")] = 30,
) -> None:
    """Show the app: a throw-away installation with samples, signed in, gone when it is closed. Needs no network."""
    from ragapp.demo import run_demo

    _guarded(lambda: run_demo(port=port, opens_browser=browser, gone_after_s=gone_after))


@app.command()
def worker() -> None:
    """Run a process that only does background work."""
    from ragapp.worker import run

    _guarded(lambda: run(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from ragapp.store.preparation import prepare_database

    settings = _settings()
    urls = (settings.effective_database_url, settings.migration_database_url)
    changed = _guarded(lambda: prepare_database(*urls))
    typer.echo("The database was migrated." if changed else "The database is up to date.")


@app.command()
def create_owner(
    email: Annotated[str, typer.Option()],
    tenant: Annotated[str, typer.Option(help="Name of the organisation.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    operator: Annotated[bool, typer.Option("--operator", help="Also let them run the platform.")] = False,
    api_key: Annotated[bool, typer.Option("--api-key", help="Also mint an API key.")] = False,
    plan: Annotated[Plan | None, typer.Option(help="Default: unlimited for the first, free for later ones.")] = None,
    as_json: Json = False,
) -> None:
    """Create an organisation and its owner without a browser."""
    from ragapp.terminal import print_json

    async def create(services: "Services") -> "OwnerCreated":
        return await services.console.create_owner(
            email=email, password=password, tenant=tenant, is_operator=operator, with_api_key=api_key, plan=plan
        )

    created = _with_services(create, run_tasks=False)
    if as_json:
        print_json(created)
        return
    typer.echo(f"Created {email} as owner of {created.tenant_slug}.")
    if created.api_key:
        typer.echo(f"API key (shown once): {created.api_key}")


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders with files.")],
    tenant: TenantSlug,
    as_json: Json = False,
) -> None:
    """Add files to an organisation's documents and wait until they can be searched."""
    from ragapp.terminal import IngestReport, add_files, files_below, print_json

    async def add(services: "Services") -> IngestReport:
        scope = await services.console.scope_of_tenant(tenant)
        return await add_files(services, scope, files_below(paths))

    result = _with_services(add)
    if as_json:
        print_json(result)
    else:
        typer.echo(f"{result.added_count} added, {result.duplicate_count} already there, {len(result.failed)} failed.")
        for failure in result.failed:
            typer.echo(f"  {failure.path}: {failure.message}", err=True)
    raise typer.Exit(1 if result.failed else 0)


@app.command()
def ask(question: str, tenant: TenantSlug, as_json: Json = False) -> None:
    """Answer one question, with sources."""
    from ragapp.terminal import print_answer

    async def answer(services: "Services") -> bool:
        scope = await services.console.scope_of_tenant(tenant)
        return await print_answer(services, scope, question, as_json=as_json)

    raise typer.Exit(0 if _with_services(answer, run_tasks=False) else 1)


@app.command("eval")
def evaluate(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Holds corpus/ and questions.jsonl.")],
    as_json: Json = False,
) -> None:
    """Measure retrieval and answers on a test set, in a throw-away organisation."""
    from ragapp.terminal import print_json, print_report

    with TemporaryDirectory(prefix="ragapp-eval-") as data_dir:
        report = _with_services(lambda services: _evaluate(services, folder), data_dir=Path(data_dir), database_url="")
    (print_json if as_json else print_report)(report)


@app.command()
def verify(
    deep: Annotated[bool, typer.Option("--deep", help="Compare every vector in the index too.")] = False,
    as_json: Json = False,
) -> None:
    """Compare rows, bytes and indexes; repairs are the running app's. While it runs, it does the comparing."""
    from ragapp.terminal import print_findings, print_json

    reports = _guarded(lambda: asyncio.run(_verify(_settings(), deep=deep)))
    (print_json if as_json else print_findings)(reports)
    raise typer.Exit(0 if all(report.is_clean for report in reports) else 1)


@app.command()
def reindex(as_json: Json = False) -> None:
    """Rebuild the search indexes from the database; searches go on meanwhile. The app may run."""
    from ragapp.terminal import print_json

    rebuilt = _guarded(lambda: asyncio.run(_reindex(_settings())))
    failed = [task for task in rebuilt if task.status != "completed"]
    if as_json:
        print_json({"rebuilt_count": len(rebuilt) - len(failed), "failed": failed})
    else:
        typer.echo(f"{len(rebuilt) - len(failed)} indexes rebuilt, {len(failed)} failed.")
    raise typer.Exit(1 if failed else 0)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; must not exist. Holds the key of the data: keep it safe.")],
    as_json: Json = False,
) -> None:
    """Save everything into one file, whether the app runs or not."""
    from ragapp.backup import write_backup
    from ragapp.terminal import print_json, progress_bars

    with progress_bars() as show:
        report = _guarded(lambda: write_backup(_settings(), file, show))
    if as_json:
        print_json(report)
        return
    typer.echo(f"{report.file}: the database and {report.document_file_count} files, {report.size_bytes} bytes.")
    for name in report.missing:
        typer.echo(f"  not in the installation: {name}", err=True)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `backup` wrote.")],
    as_json: Json = False,
) -> None:
    """Bring a backup back into an empty data folder; every byte is checked."""
    from ragapp.backup import restore_backup
    from ragapp.terminal import print_json, progress_bars

    with progress_bars() as show:
        report = _guarded(lambda: restore_backup(_settings(), file, show))
    if as_json:
        print_json(report)
        return
    typer.echo(f"Restored the database and {report.document_file_count} files. Start the app: it rebuilds its indexes.")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is installed, reachable and misconfigured, and how to fix it."""
    from ragapp.doctor import examine
    from ragapp.terminal import print_json

    findings = _guarded(lambda: asyncio.run(examine(_settings())))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            typer.echo(f"{finding.status:<10} {finding.name:<18} {finding.detail}".rstrip())
    raise typer.Exit(1 if any(finding.status == "unhealthy" for finding in findings) else 0)


@app.command()
def setup_models() -> None:
    """Make the files of the built-in embedding models, once."""
    from ragapp.bootstrap_models import prepare_models

    _guarded(lambda: prepare_models(_settings().models_dir))


async def _verify(settings: "Settings", *, deep: bool) -> "list[TenantReport]":
    from ragapp.bootstrap import Mode, open_application
    from ragapp.logs import configure_logs
    from ragapp.terminal import verify_live

    configure_logs("warning")
    # Beside a running app this only asks: the index is the app's, and so is the comparing.
    async with open_application(settings, mode=Mode.GUEST, run_tasks=False) as application:
        access = application.services.access
        scopes = [await access.scope_for_maintenance(tenant_id) for tenant_id in await access.tenant_ids()]
        if application.owns_data:
            return [await application.verification.verify(scope, deep=deep) for scope in scopes]
        return [await verify_live(application, scope, deep=deep) for scope in scopes]


async def _reindex(settings: "Settings") -> "list[TaskView]":
    from ragapp.bootstrap import Mode, open_application
    from ragapp.logs import configure_logs
    from ragapp.terminal import follow_rebuilds

    configure_logs("warning")
    # Beside a running app this only queues: the index is the app's, and so is the work.
    async with open_application(settings, mode=Mode.GUEST) as application:
        return await follow_rebuilds(application.services, application.verification)


async def _evaluate(services: "Services", folder: Path) -> "Report":
    from secrets import token_urlsafe

    from ragapp.services.evaluation import EvaluationService
    from ragapp.services.quality.measuring import QuestionAsker
    from ragapp.services.test_sets import load_test_set
    from ragapp.terminal import progress_bars

    owner = await services.console.create_owner(email="eval@example.org", password=token_urlsafe(24), tenant="eval")
    scope = await services.console.scope_of_tenant(owner.tenant_slug)
    asker = QuestionAsker(services.search.find, services.answers.stream)
    evaluation = EvaluationService(services.documents, services.tasks, asker)
    with progress_bars() as show:
        return await evaluation.evaluate(scope, load_test_set(folder), show)


def _settings(**given: Any) -> "Settings":
    from pydantic import ValidationError

    from ragapp.config import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        for wrong in error.errors(include_input=False, include_url=False):
            typer.echo(f"RAGAPP_{'_'.join(map(str, wrong['loc'])).upper()}: {wrong['msg']}", err=True)
        raise typer.Exit(1) from None


def _with_services(work: Callable[["Services"], Awaitable[T]], *, run_tasks: bool = True, **settings: Any) -> T:
    """Open the services, do one thing, close them; `run_tasks` where it leaves work behind that must get done."""

    async def inside() -> T:
        from ragapp.bootstrap import open_services
        from ragapp.logs import configure_logs

        configure_logs("warning")
        async with open_services(_settings(**settings), run_tasks=run_tasks) as services:
            return await work(services)

    return _guarded(lambda: asyncio.run(inside()))


def _guarded(work: Callable[[], T]) -> T:
    """Show an error a person can act on as one line, everything else as the bug it is."""
    try:
        return work()
    except RagAppError as error:
        typer.echo(f"{error.user_message} [{error.code}]", err=True)
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
    raise typer.Exit(1)
