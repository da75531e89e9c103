"""Reads the weights as they were published: float32 tensors and the usual tokenizer file, from the model hub."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ragapp.adapters.e5.checkpoint import Checkpoint, Vocabulary, pack_blocks
from ragapp.adapters.model_files import Say, sha256_of
from ragapp.core.errors import EmbedderUnavailable

REPOSITORY = "intfloat/multilingual-e5-small"
REVISION = "614241f622f53c4eeff9890bdc4f31cfecc418b3"
WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"
SHA256 = {
    WEIGHTS_FILE: "1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477",
    TOKENIZER_FILE: "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
}
_WORD_TABLE = "embeddings.word_embeddings.weight"
_SURROGATES = range(0xD800, 0xE000)


def fetch_published(into: Path, say: Say) -> None:
    """Download the published files and verify them.

    Raises:
        EmbedderUnavailable: the hub cannot be reached, or has other files.
    """
    for name, expected in SHA256.items():
        say(f"Downloading {name} of {REPOSITORY} from the model hub")
        try:
            # Imported here: only set-up needs it, and only where the other source fails.
            from huggingface_hub import hf_hub_download

            hf_hub_download(REPOSITORY, name, revision=REVISION, local_dir=into)
        except Exception as error:  # the library raises whatever its own libraries raise
            raise EmbedderUnavailable(f"The model hub could not be reached ({type(error).__name__}).") from error
        if sha256_of(into / name) != expected:
            raise EmbedderUnavailable(f"{name} on the model hub is not the published file; nothing was installed.")


def read_published(folder: Path) -> Checkpoint:
    """Return the checkpoint of a folder with the published files; the word table is brought into 4-bit blocks."""
    from safetensors.numpy import load_file

    weights = {name.removeprefix("bert."): values for name, values in load_file(folder / WEIGHTS_FILE).items()}
    table = weights.pop(_WORD_TABLE).astype(np.float32)
    return Checkpoint(weights, pack_blocks(table), read_tokenizer(folder / TOKENIZER_FILE))


def read_tokenizer(path: Path) -> Vocabulary:
    """Return pieces, scores and single-character replacements of a tokenizer file with a Unigram model."""
    import tokenizers

    pairs = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    normalizer = tokenizers.Tokenizer.from_file(str(path)).normalizer
    replacements = {
        character: normalizer.normalize_str(character)
        for character in _characters()
        if normalizer is not None and normalizer.normalize_str(character) != character
    }
    scores = np.array([score for _, score in pairs], dtype=np.float32)
    return Vocabulary([piece for piece, _ in pairs], scores, replacements)


def _characters() -> Iterator[str]:
    return (chr(point) for point in range(sys.maxunicode + 1) if point not in _SURROGATES and point != ord(" "))
