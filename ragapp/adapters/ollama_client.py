"""What the Ollama embedder and the Ollama generator share: the connection, and Ollama's way of saying what is wrong."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx

LONGEST_LINE_BYTES = 1 << 20


class OllamaError(Exception):
    """Ollama, or something in front of it, did not do what was asked; `model_missing` tells the one case it names."""

    def __init__(self, message: str, *, model_missing: bool = False) -> None:
        super().__init__(message)
        self.model_missing = model_missing


def open_client(base_url: str, *, connect_timeout_s: float) -> httpx.AsyncClient:
    """Return a client without an overall timeout: callers bound what they wait for."""
    timeout = httpx.Timeout(None, connect=connect_timeout_s, pool=connect_timeout_s)
    # Proxies from the environment are for the internet, not for a model server.
    return httpx.AsyncClient(base_url=base_url, timeout=timeout, trust_env=False)


def pull_command(model: str) -> str:
    """Return the command that installs a model."""
    return f"ollama pull {model}"


async def list_models(client: httpx.AsyncClient) -> set[str]:
    """Return the names of the installed models; one with the tag `latest` also without it.

    Raises:
        OllamaError: the server cannot be reached or is no Ollama.
    """
    try:
        response = await client.get("/api/tags")
        await raise_for_error(response)
        names = {str(model["name"]) for model in response.json()["models"]}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise OllamaError("The model server cannot be reached.") from error
    return names | {name.removesuffix(":latest") for name in names}


async def raise_for_error(response: httpx.Response) -> None:
    """Raise OllamaError with the server's own words if the response is an error."""
    if response.is_success:
        return
    await response.aread()
    try:
        said = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        said = f"HTTP status {response.status_code}"
    missing = response.status_code == httpx.codes.NOT_FOUND and "model" in said and "not found" in said
    raise OllamaError(said, model_missing=missing)


async def iter_objects(response: httpx.Response) -> AsyncGenerator[dict[str, Any]]:
    """Yield the objects of a newline-delimited JSON stream.

    Raises:
        OllamaError: a line is no JSON object, is too long, or says that something failed.
    """
    async for line in _iter_lines(response):
        try:
            read = json.loads(line)
        except ValueError as error:
            raise OllamaError("The model server sent something that is not JSON.") from error
        if not isinstance(read, dict):
            raise OllamaError("The model server sent something that is not a JSON object.")
        if "error" in read:
            raise OllamaError(str(read["error"]))
        yield read


async def _iter_lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest = b""
    async for data in response.aiter_bytes():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > LONGEST_LINE_BYTES:
            raise OllamaError("The model server sent a line without end.")
    if rest.strip():
        yield rest
