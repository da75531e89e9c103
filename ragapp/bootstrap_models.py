"""Composition of what settings choose between: models, the vector index, the fetcher."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ragapp.adapters import minilm_setup
from ragapp.adapters.chroma_index import ChromaIndex
from ragapp.adapters.e5 import setup as e5_setup
from ragapp.adapters.e5.recipe import e5_recipe
from ragapp.adapters.e5.vocabulary import VocabularyWords
from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.adapters.fetching.fetcher import FetchLimits, WebFetcher
from ragapp.adapters.minilm_encoder import minilm_recipe
from ragapp.adapters.model_files import Say, say_on_stderr
from ragapp.adapters.ollama_embedder import OllamaEmbedder
from ragapp.adapters.ollama_generator import OllamaGenerator, OllamaTimeouts
from ragapp.adapters.onnx_embedder import EncoderRecipe, OnnxEmbedder
from ragapp.adapters.sentence_transformers_embedder import SentenceTransformersEmbedder
from ragapp.config import VERSION, EmbedderKind, GeneratorKind, Settings
from ragapp.core.errors import ConfigurationError, EmbedderUnavailable
from ragapp.core.precedence import Precedence
from ragapp.rag.blending import EmbedderKind as VectorKind
from ragapp.rag.blending import embedder_kind
from ragapp.rag.ports import Embedder, VectorIndex
from ragapp.rag.retrieval import VectorLeg
from ragapp.rag.typical_questions import TypicalQuestions
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.retrieval.embedder_rollover import EarlierEmbedder
from ragapp.services.retrieval.encoding import SharedEncoder

_BUILT_IN: dict[EmbedderKind, tuple[str, Callable[[Path], EncoderRecipe]]] = {
    EmbedderKind.E5: (e5_setup.FOLDER, e5_recipe),
    EmbedderKind.MINILM: (minilm_setup.FOLDER, minilm_recipe),
}


def prepare_models(models_dir: Path, say: Say = say_on_stderr) -> None:
    """Make the files of the built-in embedding models; without the multilingual one, go on with the other.

    Raises:
        EmbedderUnavailable: neither can be had.
    """
    try:
        e5_setup.ensure_e5(models_dir, say=say)
    except EmbedderUnavailable as error:
        say(str(error))
        say("Going on without the multilingual model: searches by meaning will know English only (MiniLM).")
        minilm_setup.ensure_minilm(models_dir, say=say)
        return
    try:
        minilm_setup.ensure_minilm(models_dir, say=say)
    except EmbedderUnavailable as error:
        say(f"{error} It is needed only for RAGAPP_EMBEDDER=minilm and for what was indexed with it.")


def effective_embedder(settings: Settings) -> EmbedderKind:
    """Return the embedder in use: MiniLM stands in where set-up never got the multilingual model."""
    has_e5 = (settings.models_dir / e5_setup.FOLDER).is_dir()
    if settings.embedder is EmbedderKind.E5 and not has_e5 and _is_installed(settings, EmbedderKind.MINILM):
        return EmbedderKind.MINILM
    return settings.embedder


def build_earlier_embedders(settings: Settings, precedence: Precedence) -> tuple[EarlierEmbedder, ...]:
    """Return the built-in embedders on this machine that are not in use, not loaded: vectors of theirs may be there."""
    in_use = effective_embedder(settings)
    others = [kind for kind in _BUILT_IN if kind is not in_use and _is_installed(settings, kind)]
    return tuple(_as_earlier(_build_built_in(settings, kind, precedence), _BUILT_IN[kind][0]) for kind in others)


def _as_earlier(embedder: OnnxEmbedder, name: str) -> EarlierEmbedder:
    return EarlierEmbedder(VectorLeg(embedder, embedder_kind(name)), embedder.release)


def _is_installed(settings: Settings, kind: EmbedderKind) -> bool:
    return (settings.models_dir / _BUILT_IN[kind][0]).is_dir()


def _build_built_in(settings: Settings, kind: EmbedderKind, precedence: Precedence) -> OnnxEmbedder:
    folder, recipe = _BUILT_IN[kind]
    threads = settings.embedder_threads or None
    return OnnxEmbedder(recipe(settings.models_dir / folder), thread_count=threads, precedence=precedence)


def build_embedder(settings: Settings, precedence: Precedence) -> tuple[Embedder, str]:
    """Return the embedder the settings name, not loaded yet, and its model's name."""
    model = settings.effective_embedder_model
    kind = effective_embedder(settings)
    if kind in _BUILT_IN:
        return _build_built_in(settings, kind, precedence), _BUILT_IN[kind][0]
    if kind is EmbedderKind.OLLAMA:
        address, dimension = settings.ollama_host, settings.embedder_dimension
        return OllamaEmbedder(
            address,
            model,
            dimension=dimension,
            connect_timeout_s=settings.connect_timeout_s,
            keep_alive=settings.ollama_keep_alive,
        ), model
    return SentenceTransformersEmbedder(model, dimension=settings.embedder_dimension), model


def build_encoder(settings: Settings, embedder: Embedder) -> SharedEncoder:
    """Return the embedder with fair turns before it.

    As many slices are at work as keep every thread of the built-in embedder busy, and one more; servers and torch
    batch on their own and want longer slices.
    """
    if effective_embedder(settings) not in _BUILT_IN:
        return SharedEncoder(embedder, places=2, texts_at_once=32)
    threads = settings.embedder_threads or os.cpu_count() or 1
    return SharedEncoder(embedder, places=threads // 2 + 1, texts_at_once=8)


def build_vector_leg(settings: Settings, embedder: Embedder, kind: VectorKind) -> VectorLeg:
    """Return the embedder with its kind; what was measured across languages holds for the built-in encoder."""
    typical = TypicalQuestions(embedder) if kind is VectorKind.E5 else None
    folder = settings.models_dir / e5_setup.FOLDER
    return VectorLeg(embedder, kind, typical, VocabularyWords(folder) if e5_setup.is_present(folder) else None)


def build_fetcher(settings: Settings) -> WebFetcher:
    """Return what reads the web addresses that users give."""
    limits = FetchLimits(
        total_s=settings.fetch_timeout_s,
        max_bytes=min(settings.fetch_max_bytes, settings.max_upload_bytes),
        per_minute=settings.fetches_per_minute,
    )
    return WebFetcher(limits, private_hosts=settings.private_hosts, agent=f"ragapp/{VERSION}")


def build_vector_index(settings: Settings, precedence: Precedence) -> VectorIndex:
    """Return the embedded index, or the one on a Chroma server.

    Raises:
        ConfigurationError: the server's address is not one.
    """
    if not settings.chroma_url:
        return ChromaIndex.embedded(settings.data_dir / "chroma", precedence=precedence)
    address = urlsplit(settings.chroma_url)
    if not address.hostname:
        raise ConfigurationError("RAGAPP_CHROMA_URL must look like http://host:8000.")
    return ChromaIndex.on_server(address.hostname, address.port or 8000)


def build_generators(settings: Settings) -> GeneratorChoice:
    """Return who may write answers."""
    exact = ExtractiveGenerator()
    if settings.generator is GeneratorKind.EXTRACTIVE:
        return GeneratorChoice(None, exact)
    timeouts = OllamaTimeouts(
        connect_s=settings.connect_timeout_s,
        first_token_s=settings.first_token_timeout_s,
        idle_s=settings.idle_timeout_s,
        total_s=settings.generation_timeout_s,
    )
    model = OllamaGenerator(
        settings.ollama_host,
        settings.generator_model,
        timeouts=timeouts,
        max_context_tokens=settings.max_context_tokens,
        keep_alive=settings.ollama_keep_alive,
    )
    return GeneratorChoice(model, exact if settings.generator is GeneratorKind.AUTO else None)
