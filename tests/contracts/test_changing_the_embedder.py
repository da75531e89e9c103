"""An installation filled with MiniLM goes over to the multilingual model by itself, answering all the while."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragapp.adapters import minilm_setup
from ragapp.adapters.e5 import setup as e5_setup
from ragapp.bootstrap import Application, open_application
from ragapp.bootstrap_models import effective_embedder, prepare_models
from ragapp.config import EmbedderKind, GeneratorKind, Settings
from ragapp.core.errors import EmbedderUnavailable
from ragapp.core.scope import TenantScope
from ragapp.doctor import examine
from ragapp.services.views import SearchRequest
from tests.contracts.conftest import MODELS

CROATIAN = "# Povrat robe\n\nKupac može vratiti robu u roku od trideset dana od dana isporuke, uz račun."
ENGLISH = "# Parking\n\nVisitors park behind hall C and register at the gate before they enter the building."
ASKED = SearchRequest("How many days do I have to send goods back?", use_lexical=False)


def settings(folder: Path, embedder: EmbedderKind, models: Path = MODELS) -> Settings:
    return Settings(data_dir=folder, models_dir=models, embedder=embedder, generator=GeneratorKind.EXTRACTIVE)


async def pieces(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


async def scope_of(application: Application) -> TenantScope:
    access = application.services.access
    return await access.scope_for_maintenance((await access.tenant_ids())[0])


async def fill(folder: Path, count: int) -> None:
    async with open_application(settings(folder, EmbedderKind.MINILM)) as application:
        create = application.services.console.create_owner
        await create(email="ana@example.org", password="a long enough passphrase 7", tenant="Lipa", with_api_key=False)
        scope = await scope_of(application)
        for number in range(count):
            text = (CROATIAN, ENGLISH)[number % 2] + f"\n\nNo. {number}"
            await application.services.documents.upload(scope, pieces(text), filename=f"{number}.md")
        await application.runner.run_until_idle()


async def embedder_of_best(application: Application, scope: TenantScope) -> tuple[str, str]:
    """Return which embedder answered, and the best passage."""
    result = await application.services.search.search(scope, ASKED)
    async with asyncio.timeout(5):
        revisions = {base.id: 0 for base in await application.services.knowledge_bases.list(scope)}
    leg = await application.services.search._rollover.choose(scope, revisions)
    return leg.embedder.fingerprint, result.passages[0].text


@pytest.mark.slow
@pytest.mark.usefixtures("minilm_folder", "e5_folder")
async def test_questions_are_answered_while_the_new_vectors_are_made(tmp_path: Path) -> None:
    await fill(tmp_path, 40)
    async with open_application(settings(tmp_path, EmbedderKind.E5)) as application:
        scope = await scope_of(application)
        told, seen = set(), []
        async with asyncio.timeout(120):
            while not seen or seen[-1][0] != e5_setup.PACKED_FINGERPRINT:
                seen.append(await embedder_of_best(application, scope))
                health = await application.services.health.check()
                told |= {check.detail for check in health.checks if check.name == "embedder"}
        fingerprints = list(dict.fromkeys(fingerprint for fingerprint, _ in seen))
        assert [name.partition(":")[0] for name in fingerprints] == ["all-MiniLM-L6-v2", "e5-small"]
        assert "trideset dana" in seen[-1][1]
        assert any("Vectors made before answer meanwhile" in text for text in told)
        await application.runner.run_until_idle()
        assert application.services.search._rollover._earlier[fingerprints[0]].leg.embedder._encoder is None


@pytest.mark.usefixtures("minilm_folder")
async def test_minilm_stands_in_where_the_multilingual_model_was_never_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> Path:
        raise EmbedderUnavailable("The model hub could not be reached (ConnectError).")

    models = tmp_path / "models"
    shutil.copytree(MODELS / minilm_setup.FOLDER, models / minilm_setup.FOLDER, ignore=shutil.ignore_patterns("source"))
    monkeypatch.setattr(e5_setup, "ensure_e5", unreachable)
    monkeypatch.setattr(minilm_setup, "is_ready", lambda folder: True)
    said: list[str] = []
    prepare_models(models, said.append)
    assert any("English only (MiniLM)" in line for line in said)

    wanted = settings(tmp_path / "data", EmbedderKind.E5, models)
    assert effective_embedder(wanted) is EmbedderKind.MINILM
    async with open_application(wanted) as application:
        health = await application.services.health.check()
    embedder = next(check for check in health.checks if check.name == "embedder")
    assert (health.status, embedder.status, health.models_loaded) == ("healthy", "degraded", True)
    assert "setup-models" in embedder.detail
    found = next(finding for finding in await examine(wanted) if finding.name == "embedding_model")
    assert found.status == "degraded"
    assert "all-MiniLM-L6-v2 stands in for multilingual-e5-small" in found.detail


async def test_a_damaged_multilingual_model_is_not_replaced_by_another_but_said(tmp_path: Path) -> None:
    models = tmp_path / "models"
    for folder in (e5_setup.FOLDER, minilm_setup.FOLDER):
        (models / folder).mkdir(parents=True)
    wanted = settings(tmp_path / "data", EmbedderKind.E5, models)
    assert effective_embedder(wanted) is EmbedderKind.E5
    found = next(finding for finding in await examine(wanted) if finding.name == "embedding_model")
    assert (found.status, "setup-models" in found.detail) == ("unhealthy", True)


def test_nothing_to_be_had_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> Path:
        raise EmbedderUnavailable("nothing is reachable")

    monkeypatch.setattr(e5_setup, "ensure_e5", unreachable)
    monkeypatch.setattr(minilm_setup, "ensure_minilm", unreachable)
    with pytest.raises(EmbedderUnavailable):
        prepare_models(tmp_path, lambda line: None)
