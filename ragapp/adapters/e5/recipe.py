"""The built-in multilingual model, ready for the embedder."""

from functools import partial
from pathlib import Path

from ragapp.adapters.e5.checkpoint import WIDTH
from ragapp.adapters.e5.encoder import E5Encoder
from ragapp.adapters.e5.forms import passage_form, question_form
from ragapp.adapters.e5.setup import installed_fingerprint
from ragapp.adapters.onnx_embedder import EncoderRecipe


def e5_recipe(folder: Path) -> EncoderRecipe:
    """Return the model that `setup.ensure_e5` put into a folder."""
    return EncoderRecipe(
        installed_fingerprint(folder),
        WIDTH,
        partial(E5Encoder, folder),
        question_form=question_form,
        passage_form=passage_form,
    )
