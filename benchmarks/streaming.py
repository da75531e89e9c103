"""An answer on its way into the browser: bytes over the socket, time to the first painted word, a free main thread."""

import asyncio
import itertools
import re
import shutil
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Page, WebSocket, sync_playwright

from benchmarks.figures import Figure, Section, at_most, of_samples
from benchmarks.installation import (
    PASSWORD,
    Organisation,
    corpus,
    create_organisations,
    questions,
    read_files,
    timed_app,
    upload_and_wait,
)
from tests.e2e.processes import Server, free_port
from tests.fakes.ollama_server import Body, OllamaServer

_TOKENS = 1000
_SHORT_TOKENS = 100
_TURNS = 10
_FIRST_WORD = "Today"
_WORDS = 43
_TOKENS_OF_A_PARAGRAPH = 50
_WATCH = """
window.seen = {first: 0, longest: 0};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) seen.longest = Math.max(seen.longest, entry.duration);
}).observe({entryTypes: ["longtask"]});
new MutationObserver(() => {
  if (seen.first || !document.querySelector("article.answer-open")?.innerText.includes("FIRST_WORD")) return;
  seen.first = -1;
  // A frame's callback runs before it is painted, the message after.
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { seen.first = performance.timeOrigin + performance.now(); };
    channel.port2.postMessage(0);
  });
}).observe(document, {subtree: true, childList: true, characterData: true});
""".replace("FIRST_WORD", _FIRST_WORD)


@dataclass
class _Model(OllamaServer):
    """Remembers when it sent the first token of its latest answer, in milliseconds since the epoch."""

    first_sent_ms: float = 0.0

    async def _lines(self, path: str, model: str, pieces: list[str], final: Body) -> AsyncIterator[Body | bytes]:
        self.first_sent_ms = 0.0
        async for line in super()._lines(path, model, pieces, final):
            self.first_sent_ms = self.first_sent_ms or time.time() * 1000
            yield line


@dataclass
class _Socket:
    """Counts what arrives over a page's websockets."""

    received_bytes: int = 0
    frames: list[int] = field(default_factory=list)

    def attach(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        size = len(payload.encode() if isinstance(payload, str) else payload)
        self.received_bytes += size
        self.frames.append(size)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One streamed answer as the browser had it."""

    answer_bytes: int
    socket_bytes: int
    frame_count: int
    first_painted_ms: float
    longest_task_ms: float


def measure(*, tokens_per_second: Sequence[int], rounds: int) -> Section:
    """Stream a long answer into a chat with 20 long messages, at each speed; then `rounds` short ones."""
    figures: list[Figure] = []
    port = free_port()
    with TemporaryDirectory(prefix="ragapp-bench-") as folder:
        owner = create_organisations(Path(folder), 1)[0]
        with _running(port) as model, timed_app(Path(folder), ollama_url=f"http://127.0.0.1:{port}") as (server, _):
            upload_and_wait(server, owner, read_files(_documents()))
            chat_id, question = _fill_chat(server, owner, model)
            with _browser() as page:
                _sign_in(page, server, owner)
                for speed in tokens_per_second:
                    model.tokens_per_second = speed
                    figures += _figures(speed, _stream(page, server, model, chat_id, question, _TOKENS))
                short = [_stream(page, server, model, chat_id, question, _SHORT_TOKENS) for _ in range(rounds)]
                painted = [shown.first_painted_ms for shown in short]
                figures.append(of_samples("model's first token to painted", painted, "ms", at_most(150)))
    return Section(f"Streaming {_TOKENS} tokens into a chat with {2 * _TURNS} long messages", figures)


def _figures(speed: int, shown: _Shown) -> list[Figure]:
    at = f"at {speed} tokens/s"
    ratio = shown.socket_bytes / shown.answer_bytes
    raw = (shown.socket_bytes, shown.answer_bytes)
    return [
        Figure(
            f"socket bytes / answer bytes, {at}", ratio, "", at_most(6), raw, f"both; {shown.frame_count} frames"
        ),
        Figure(f"longest task of the page, {at}", shown.longest_task_ms, "ms", at_most(200), note="0: none above 50"),
    ]


@contextmanager
def _running(port: int) -> Iterator[_Model]:
    """Run the stand-in for the model in a thread, so that its clock and ours are one."""
    model = _Model(port=port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(model.__aenter__(), loop).result(10)
    try:
        yield model
    finally:
        asyncio.run_coroutine_threadsafe(model.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@contextmanager
def _browser() -> Iterator[Page]:
    found = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
        context.add_init_script(_WATCH)
        yield context.new_page()
        browser.close()


def _fill_chat(server: Server, owner: Organisation, model: _Model) -> tuple[str, str]:
    """Return a chat with `_TURNS` questions and long answers, and a question the model is asked to answer."""
    answered: list[str] = []
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=owner.headers, timeout=60) as client:
        chat_id = client.post("/chats", json={}).raise_for_status().json()["id"]
        for question in _candidates(client):
            model.answers.append(_text(_TOKENS // 2))
            client.post("/query", json={"text": question, "chat_id": chat_id}).raise_for_status()
            if not model.answers:
                answered.append(question)
            model.answers.clear()
            if len(answered) == _TURNS:
                return str(chat_id), answered[0]
    raise RuntimeError("the model was not asked often enough")


def _candidates(client: httpx.Client) -> Iterator[str]:
    """Yield questions that are not refused for want of evidence: those never reach the model."""
    known = {path.stem for path in _documents()}
    for row in questions():
        if row.get("document") in known:
            judged = client.post("/query", json={"text": row["question"]}).raise_for_status().json()
            if judged["answerable"]:
                yield str(row["question"])


def _documents() -> list[Path]:
    return corpus()[:6]


def _text(token_count: int) -> str:
    """Return markdown that the stand-in cuts into `token_count` tokens, with a citation in each paragraph."""
    words = itertools.cycle(["the", "corpus", "shows", "that", "a", "river", "basin", "holds", "many", "plants"])
    sentences = [" ".join(itertools.islice(words, _WORDS)) for _ in range(token_count // _TOKENS_OF_A_PARAGRAPH)]
    first, *others = (f"{sentence} [1]." for sentence in sentences)
    return "\n\n".join([f"{_FIRST_WORD} {first}", *(f"Further {other}" for other in others)])


def _sign_in(page: Page, server: Server, owner: Organisation) -> None:
    page.goto(server.url + "/sign-in")
    page.fill("[name=email]", owner.email)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.locator("textarea[name=question]").wait_for()


def _stream(page: Page, server: Server, model: _Model, chat_id: str, question: str, token_count: int) -> _Shown:
    socket = _Socket()
    page.on("websocket", socket.attach)
    page.goto(f"{server.url}/chat/{chat_id}")
    page.locator("article.answer").nth(_TURNS - 1).wait_for()
    page.wait_for_timeout(1000)
    answer = _text(token_count)
    model.answers.append(answer)
    received, frames = socket.received_bytes, len(socket.frames)
    page.evaluate("seen.longest = 0")
    page.fill("textarea[name=question]", question)
    page.press("textarea[name=question]", "Enter")
    page.locator("article.answer-open").wait_for()
    page.locator("article.answer-open").wait_for(state="detached", timeout=120_000)
    page.wait_for_timeout(500)
    seen = page.evaluate("seen")
    shown = page.locator("article.answer").last.inner_text()
    if not re.search(rf"{_FIRST_WORD}\b.*Further", shown, re.DOTALL):
        raise RuntimeError(f"another answer was shown: {shown[:200]}")
    return _Shown(
        answer_bytes=len(answer.encode()),
        socket_bytes=socket.received_bytes - received,
        frame_count=len(socket.frames) - frames,
        first_painted_ms=seen["first"] - model.first_sent_ms,
        longest_task_ms=seen["longest"],
    )
