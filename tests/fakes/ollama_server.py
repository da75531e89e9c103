"""A server that speaks Ollama's wire format truthfully, without a model, and misbehaves on request.

In a test: `async with OllamaServer() as server: ... server.base_url`. On its own, for browser tests and demonstrations:
`python -m tests.fakes.ollama_server --port 11434 --tokens-per-second 20`.
"""

import argparse
import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from ragapp.rag.prompting import REFUSALS
from ragapp.rag.sentences import split_sentences
from ragapp.rag.types import Language
from tests.fakes.connections import serving
from tests.fakes.embedder import HashEmbedder

Body = dict[str, Any]

_PASSAGE = re.compile(r'<passage number="1"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_PIECE = re.compile(r"\s?\w{1,6}|\s|[^\w\s]")
_NANOSECONDS = 1_000_000_000
_WORDS_OF_A_SENTENCE = 6


@dataclass
class Faults:
    """What goes wrong, counted in tokens of a stream; None means it does not."""

    status: int | None = None
    hang_after: int | None = None
    cut_after: int | None = None
    garbage_after: int | None = None
    error_after: int | None = None
    unending_after: int | None = None
    embeddings: list[list[float]] | None = None


@dataclass
class OllamaServer:
    """One fake server.

    `answers` are given in turn; when none is left, the answer quotes the first sentence of passage 1 of the prompt in
    the language asked for. `requests` records (path, body). `aborted` is set, and `aborted_streams` counted, when a
    client goes away in the middle of a stream.
    """

    models: tuple[str, ...] = ("qwen2.5:7b-instruct", "bge-m3:latest")
    tokens_per_second: float = 0.0
    first_token_s: float = 0.0
    dimension: int = 1024
    answers: deque[str] = field(default_factory=deque)
    faults: Faults = field(default_factory=Faults)
    requests: list[tuple[str, Body]] = field(default_factory=list)
    aborted_streams: int = 0
    aborted: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    host: str = "127.0.0.1"
    _until_closed: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        running = serving(self._connected, host=self.host, port=self.port)
        self.port = await self._until_closed.enter_async_context(running)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._until_closed.aclose()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._exchange(reader, writer):
            pass

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split("\r\n", 1)[0].split(" ")
        length = re.search(r"content-length:\s*(\d+)", head, re.IGNORECASE)
        raw = await reader.readexactly(int(length[1])) if length else b""
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            return await _send_json(writer, 400, {"error": "invalid JSON"})
        self.requests.append((path, body))
        return await self._route(method, path, body, reader, writer)

    async def _route(
        self, method: str, path: str, body: Body, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if self.faults.status is not None:
            return await _send_json(writer, self.faults.status, {"error": "the runner has crashed"})
        fixed: dict[tuple[str, str], Callable[[], Body]] = {
            ("GET", "/api/version"): lambda: {"version": "0.20.3"},
            ("GET", "/api/tags"): lambda: {"models": [_described(name) for name in self.models]},
            ("GET", "/api/ps"): lambda: {"models": []},
        }
        if (method, path) in fixed:
            return await _send_json(writer, 200, fixed[method, path]())
        if method != "POST" or path not in {"/api/chat", "/api/generate", "/api/embed", "/api/show", "/api/pull"}:
            return await _send_text(writer, 200 if path == "/" else 404, "Ollama is running" if path == "/" else "404")
        if path == "/api/pull":
            return await self._stream(reader, writer, _failing_pull())
        model = str(body.get("model", ""))
        if not self._has(model):
            return await _send_json(writer, 404, {"error": f"model '{model}' not found"})
        if path == "/api/show":
            return await _send_json(writer, 200, _shown(model))
        if path == "/api/embed":
            return await _send_json(writer, 200, await self._embedded(model, body))
        return await self._generate(path, model, body, reader, writer)

    def _has(self, model: str) -> bool:
        return model in self.models or f"{model}:latest" in self.models

    async def _generate(
        self, path: str, model: str, body: Body, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        prompt = body["messages"][-1]["content"] if path == "/api/chat" else str(body.get("prompt", ""))
        text = self.answers.popleft() if self.answers else grounded_answer(prompt)
        wanted = (body.get("options") or {}).get("num_predict", -1)
        pieces = _PIECE.findall(text)
        limited = pieces[:wanted] if wanted >= 0 else pieces
        final = _final(model, body, len(limited), "length" if len(limited) < len(pieces) else "stop")
        if body.get("stream") is False:
            return await _send_json(writer, 200, {**final, **_said(path, "".join(limited))})
        return await self._stream(reader, writer, self._lines(path, model, limited, final))

    async def _lines(self, path: str, model: str, pieces: list[str], final: Body) -> AsyncIterator[Body | bytes]:
        faults = self.faults
        await asyncio.sleep(self.first_token_s)
        for count, piece in enumerate([*pieces, None]):
            if faults.hang_after == count:
                await asyncio.Event().wait()
            if faults.garbage_after == count:
                yield b"<html>502 Bad Gateway</html>\n"
            if faults.error_after == count:
                yield {"error": "an error was encountered while running the model"}
                return
            if faults.unending_after == count:
                for _ in range(20):
                    yield b"{" + b" " * 65_536
            if faults.cut_after == count:
                raise ConnectionAbortedError
            if piece is not None:
                yield {"model": model, "created_at": _now(), **_said(path, piece), "done": False}
                await asyncio.sleep(1 / self.tokens_per_second if self.tokens_per_second else 0)
        yield {**final, **_said(path, "")}

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: AsyncIterator[Body | bytes]
    ) -> bool:
        """Send lines as they come until they end or the client goes away."""
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        gone = asyncio.ensure_future(reader.read(1))
        started = False
        try:
            while True:
                step = asyncio.ensure_future(anext(lines, None))
                await asyncio.wait({gone, step}, return_when=asyncio.FIRST_COMPLETED)
                if not step.done():
                    step.cancel()
                    self._note_abort()
                    return False
                line = step.result()
                if line is None:
                    break
                if not started:
                    started = True
                    writer.write(head.encode())
                data = line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() + b"\n"
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                if gone.done() or writer.transport.is_closing():
                    self._note_abort()
                    return False
                await writer.drain()
        except ConnectionAbortedError:
            return False
        except ConnectionResetError:
            self._note_abort()
            return False
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await gone
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def _note_abort(self) -> None:
        self.aborted_streams += 1
        self.aborted.set()

    async def _embedded(self, model: str, body: Body) -> Body:
        given = body["input"]
        texts = [given] if isinstance(given, str) else given
        embedder = HashEmbedder(dimension=self.dimension)
        vectors = (await embedder.embed_passages(texts)).tolist() if texts else []
        return {
            "model": model,
            "embeddings": vectors if self.faults.embeddings is None else self.faults.embeddings,
            "total_duration": 14143917,
            "load_duration": 1019500,
            "prompt_eval_count": sum(len(text.split()) for text in texts),
        }


def grounded_answer(prompt: str) -> str:
    """Answer a prompt of `rag.prompting` by quoting the first real sentence of passage 1, or refuse without one."""
    croatian = "Answer in Croatian" in prompt
    language = Language.CROATIAN if croatian else Language.ENGLISH
    passage = _PASSAGE.search(prompt)
    sentences = split_sentences(passage[1], language) if passage else []
    if passage is None or not sentences:
        return REFUSALS[language]
    texts = [" ".join(passage[1][start:end].split()).rstrip(".") for start, end in sentences]
    sentence = next((text for text in texts if len(text.split()) >= _WORDS_OF_A_SENTENCE), texts[0])
    return f"{'U dokumentima piše' if croatian else 'The documents say'}: {sentence} [1]."


def _said(path: str, text: str) -> Body:
    return {"message": {"role": "assistant", "content": text}} if path == "/api/chat" else {"response": text}


def _final(model: str, body: Body, token_count: int, reason: str) -> Body:
    prompt = json.dumps(body.get("messages") or body.get("prompt") or "")
    return {
        "model": model,
        "created_at": _now(),
        "done": True,
        "done_reason": reason,
        "total_duration": 2 * _NANOSECONDS,
        "load_duration": _NANOSECONDS // 100,
        "prompt_eval_count": len(prompt) // 4,
        "prompt_eval_duration": _NANOSECONDS // 2,
        "eval_count": token_count,
        "eval_duration": _NANOSECONDS,
    }


def _described(name: str) -> Body:
    return {
        "name": name,
        "model": name,
        "modified_at": "2026-09-01T10:00:00.000000000+02:00",
        "size": 4683087332,
        "digest": "845dbda0ea48ed749caafd9e6037047aa19acfcfd82e704d7ca97d631a0b697e",
        "details": _details(),
    }


def _details() -> Body:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "qwen2",
        "families": ["qwen2"],
        "parameter_size": "7.6B",
        "quantization_level": "Q4_K_M",
    }


def _shown(name: str) -> Body:
    return {
        "modelfile": f"FROM {name}",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _details(),
        "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
        "capabilities": ["completion", "tools"],
    }


async def _failing_pull() -> AsyncIterator[Body | bytes]:
    yield {"status": "pulling manifest"}
    yield {"error": "pull model manifest: file does not exist"}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


async def _send_json(writer: asyncio.StreamWriter, status: int, body: Body) -> bool:
    return await _send(writer, status, "application/json; charset=utf-8", json.dumps(body, ensure_ascii=False).encode())


async def _send_text(writer: asyncio.StreamWriter, status: int, text: str) -> bool:
    return await _send(writer, status, "text/plain; charset=utf-8", text.encode())


async def _send(writer: asyncio.StreamWriter, status: int, content_type: str, data: bytes) -> bool:
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    await writer.drain()
    return True


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=11434)
    parser.add_argument("--tokens-per-second", type=float, default=20.0)
    parser.add_argument("--first-token-s", type=float, default=0.3)
    parser.add_argument("--model", action="append", help="a model it claims to have; may be repeated")
    parser.add_argument("--answer", action="append", default=[], help="a scripted answer; may be repeated")
    chosen = parser.parse_args()
    server = OllamaServer(
        models=tuple(chosen.model or OllamaServer.models),
        tokens_per_second=chosen.tokens_per_second,
        first_token_s=chosen.first_token_s,
        answers=deque(chosen.answer),
        port=chosen.port,
        host=chosen.host,
    )
    async with server:
        print(f"listening on {server.base_url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
