"""Page state in Redis, as several replicas need it."""

import os
import re
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Page, expect

from tests.e2e.processes import running_app
from tests.e2e.steps import QUOTED, answers, ask, create_first_account, open_answer, upload, visit

REDIS_URL = os.environ.get("RAGAPP_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture
def redis_url() -> str:
    try:
        with redis.Redis.from_url(REDIS_URL) as client:
            client.ping()
    except redis.ConnectionError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Redis does not answer at {REDIS_URL}")
    return REDIS_URL


@pytest.mark.redis
@pytest.mark.slow
def test_an_answer_streams_and_survives_a_refresh_with_page_state_in_redis(
    built_app: None, model_server: str, redis_url: str, tmp_path: Path, page: Page
) -> None:
    with running_app(tmp_path, ollama_url=model_server, RAGAPP_REDIS_URL=redis_url) as app:
        create_first_account(page, app)
        upload(page, app, "remote-work-policy.docx")
        visit(page, app, "/")
        ask(page, "Can I work remotely from another country?")
        expect(open_answer(page)).to_contain_text(re.compile(r"\w{3}"))
        page.reload()
        expect(answers(page)).to_have_count(1, timeout=30_000)
        expect(answers(page).first).to_contain_text(QUOTED)
        with redis.Redis.from_url(redis_url) as client:
            assert client.dbsize() > 0
            client.flushdb()
