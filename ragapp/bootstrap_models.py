"""Composition of what settings choose between: models, the vector index, the fetcher."""

import os
from urllib.parse import urlsplit

from ragapp.adapters.chroma_index import ChromaIndex
from ragapp.adapters.extractive_generator import ExtractiveGenerator
from ragapp.adapters.fetching.fetcher import FetchLimits, WebFetcher
from ragapp.adapters.minilm_setup import FOLDER as MINILM_FOLDER
from ragapp.adapters.ollama_embedder import OllamaEmbedder
from ragapp.adapters.ollama_generator import OllamaGenerator, OllamaTimeouts
from ragapp.adapters.onnx_embedder import OnnxEmbedder
from ragapp.adapters.sentence_transformers_embedder import SentenceTransformersEmbedder
from ragapp.config import VERSION, EmbedderKind, GeneratorKind, Settings
from ragapp.core.errors import ConfigurationError
from ragapp.core.precedence import Precedence
from ragapp.rag.ports import Embedder, VectorIndex
from ragapp.services.chat.generators import GeneratorChoice
from ragapp.services.retrieval.encoding import SharedEncoder


def build_embedder(settings: Settings, precedence: Precedence) -> tuple[Embedder, str]:
    """Return the embedder the settings name, not loaded yet, and its model's name."""
    model = settings.effective_embedder_model
    if settings.embedder is EmbedderKind.MINILM:
        threads = settings.embedder_threads or None
        folder = settings.models_dir / MINILM_FOLDER
        return OnnxEmbedder(folder, thread_count=threads, precedence=precedence), MINILM_FOLDER
    if settings.embedder is EmbedderKind.OLLAMA:
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
    if settings.embedder is not EmbedderKind.MINILM:
        return SharedEncoder(embedder, places=2, texts_at_once=32)
    threads = settings.embedder_threads or os.cpu_count() or 1
    return SharedEncoder(embedder, places=threads // 2 + 1, texts_at_once=8)


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
