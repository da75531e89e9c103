"""Take the screenshots in this folder from a fresh installation: `python -m docs.screenshots.make [--answers]`.

`--answers` takes only those of the kinds of answers: a table, another language, part of a list, details that no source
holds, nothing. Needs the built web app (`make setup`) and Chromium. The language model is the tests' stand-in, so the
written answers quote the first sentence of the best passage, and what people asked in the month before is written
straight into the database.
"""

import argparse
import random
import re
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, PASSWORD
from tests.e2e.processes import Server, running_app, running_ollama
from tests.e2e.steps import answers, ask, create_first_account, sign_in, speak, visit, visit_section

FOLDER = Path(__file__).parent
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
CROATIAN = "Koliko se dugo čuvaju snimke videonadzora?"
ENGLISH = "How many days of annual leave do employees have?"
ABSENT = "Who won the football world cup in 1998?"
PEOPLE = {
    "Ivan Horvat": "admin", "Marija Kovačević": "editor", "Luka Jurić": "editor", "Petra Šimunović": "member",
    "Marko Knežević": "member", "Đurđa Čačić": "member", "Josip Božić": "member", "Lucija Perić": "member",
}  # fmt: skip
ORGANISATIONS = {
    "Gradska knjižnica Rijeka": "free", "Odvjetnici Perić i partneri": "pro", "Nord Freight GmbH": "enterprise",
    "Sveučilište u Zadru": "enterprise", "Općina Preko": "free",
}  # fmt: skip
UPLOADS = 40
TEST_QUESTIONS = {
    ENGLISH: "24", CROATIAN: "šest mjeseci", ABSENT: "", "How many days a week may I work from home?": "three days",
    "What is the daily allowance in Croatia?": "30", "Koliki je otkazni rok?": "dva tjedna",
}  # fmt: skip
"""Question -> words of its answer, "" where the documents do not hold it."""
LONG_LIST = """# {title}

{lead}

{items}
"""
KINDS_OF_ANSWERS = {
    "en": {
        "table": "What is the daily allowance in Croatia for a trip over 12 hours?",
        "other-language": "How long is the video surveillance footage kept?",
        "partial": "What does every visitor have to know?",
        "refusal": ABSENT,
    },
    "hr": {
        "table": "Kolika je cijena carinskog skladišta?",
        "other-language": "Smijem li poslovne podatke unositi u alate umjetne inteligencije?",
        "partial": "Što sve mora znati svaki posjetitelj?",
        "refusal": "Tko je osvojio svjetsko prvenstvo u nogometu 1998.?",
    },
}
UNSUPPORTED = {
    "en": (ENGLISH, "Employees have 26 days of annual leave a year [1]. Peter Crane approves it by 5 March 2027 [1]."),
    "hr": (CROATIAN, "Snimke se čuvaju 45 dana [1]. Brisanje potvrđuje Petar Ždral do 5. ožujka 2027. [1]"),
}
"""Questions, and answers of a model that say more than the documents."""


def main() -> None:
    """Take every picture, or those of the kinds of answers."""
    expect.set_options(timeout=20_000)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", action="store_true")
    is_short = parser.parse_args().answers
    if not is_short:
        _everything()
    _kinds_of_answers()


def _kinds_of_answers() -> None:
    """Take a table, another language, a part of a list and a refusal without a model; then what a model made up."""
    with (
        tempfile.TemporaryDirectory() as data,
        running_app(Path(data), RAGAPP_GENERATOR="extractive") as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = _page(browser, DESKTOP, dark=False)
        create_first_account(page, app, samples=True)
        _add_long_lists(page, app)
        page.context.close()
        for language, questions in KINDS_OF_ANSWERS.items():
            for size in (DESKTOP, PHONE):
                _ask_each(browser, app, language, size, {f"answer-{kind}": text for kind, text in questions.items()})
        browser.close()
    for language, (question, answer) in UNSUPPORTED.items():
        with (
            running_ollama("--tokens-per-second", "200", *("--answer", answer) * 2) as model,
            tempfile.TemporaryDirectory() as data,
            running_app(Path(data), ollama_url=model) as app,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = _page(browser, DESKTOP, dark=False)
            create_first_account(page, app, samples=True)
            _wait_for_documents(page, app, 12)
            page.context.close()
            for size in (DESKTOP, PHONE):
                _ask_each(browser, app, language, size, {"answer-unsupported": question})
            browser.close()


def _ask_each(
    browser: Browser, app: Server, language: str, size: dict[str, int], questions: dict[str, str]
) -> None:
    """Ask each question in a chat of its own and take its answer."""
    page = _page(browser, size, dark=False)
    sign_in(page, app)
    speak(page, app, language)
    for kind, question in questions.items():
        visit(page, app, "/")
        ask(page, question)
        expect(answers(page)).to_have_count(1, timeout=30_000)
        _take(page, f"{kind}-{language}-{'phone' if size is PHONE else 'desktop'}")
    page.context.close()


def _add_long_lists(page: Page, app: Server) -> None:
    """Upload a list that is longer than an answer shows, in each language."""
    english = "\n".join(f"{number}. Visitors keep rule {number} of the site." for number in range(1, 22))
    croatian = "\n".join(f"{number}. Posjetitelj poštuje pravilo {number} gradilišta." for number in range(1, 22))
    texts = {
        "site-rules.md": LONG_LIST.format(title="Site rules", lead="Every visitor has to know this:", items=english),
        "pravila.md": LONG_LIST.format(title="Pravila", lead="Svaki posjetitelj mora znati sljedeće:", items=croatian),
    }
    _wait_for_documents(page, app, 12)
    payload = [{"name": name, "mimeType": "text/markdown", "buffer": text.encode()} for name, text in texts.items()]
    page.locator("input[type=file]").first.set_input_files(payload)  # type: ignore[arg-type]
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(12 + len(texts), timeout=90_000)


def _wait_for_documents(page: Page, app: Server, count: int) -> None:
    visit(page, app, "/documents")
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(count, timeout=90_000)


def _everything() -> None:
    with (
        running_ollama("--tokens-per-second", "200") as model,
        tempfile.TemporaryDirectory() as data,
        running_app(Path(data), ollama_url=model) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _first_run(browser, app)
        _furnish(browser, app, Path(data) / "ragapp.db")
        _signed_in(browser, app, "en", DESKTOP, dark=False)
        _signed_in(browser, app, "en", DESKTOP, dark=True)
        _signed_in(browser, app, "hr", DESKTOP, dark=False)
        _signed_in(browser, app, "hr", PHONE, dark=False)
        _signed_in(browser, app, "en", PHONE, dark=True)
        browser.close()


def _page(browser: Browser, size: dict[str, int], *, dark: bool) -> Page:
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", locale="en-US")
    context.set_default_timeout(20_000)
    return context.new_page()


def _first_run(browser: Browser, app: Server) -> None:
    page = _page(browser, DESKTOP, dark=False)
    page.goto(app.url + "/")
    page.wait_for_url(re.compile("/welcome"))
    expect(page.locator("[name=organisation]")).to_be_visible()
    _take(page, "first-run")
    create_first_account(page, app, samples=True)
    visit(page, app, "/documents")
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(12, timeout=60_000)
    page.context.close()


def _signed_in(browser: Browser, app: Server, language: str, size: dict[str, int], *, dark: bool) -> None:
    name = "-".join([language, "phone" if size is PHONE else "desktop", *(["dark"] if dark else [])])
    page = _page(browser, size, dark=dark)
    page.goto(app.url + "/sign-in")
    expect(page.locator("[name=email]")).to_be_visible()
    _take(page, f"sign-in-{name}")
    sign_in(page, app)
    speak(page, app, language)
    _take(page, f"settings-{name}")
    visit(page, app, "/")
    _take(page, f"new-chat-{name}")
    ask(page, CROATIAN if language == "hr" else ENGLISH)
    expect(answers(page)).to_have_count(1)
    _take(page, f"chat-{name}")
    answers(page).first.locator(".source-chip").first.click()
    picture = page.locator("[data-evidence] img").first
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    _take(page, f"citation-{name}")
    page.keyboard.press("Escape")
    ask(page, ABSENT)
    expect(answers(page)).to_have_count(2)
    _take(page, f"not-in-documents-{name}")
    visit(page, app, "/documents")
    _take(page, f"documents-{name}")
    visit(page, app, "/documents?q=pra&status=ready")
    expect(page.locator(".filter-chip")).to_have_count(2)
    _take(page, f"documents-filtered-{name}")
    visit(page, app, "/there/is/no/such/page")
    _take(page, f"missing-{name}")
    if size is DESKTOP and not dark:
        _administration(page, app, name)
        _uploads(page, app, name)
    page.context.close()


def _administration(page: Page, app: Server, name: str) -> None:
    pages = {
        "overview": "/admin", "people": "/admin/people", "audit-filtered": "/admin/audit?act=session.signed_in",
        "organisations": "/platform", "language-model": "/platform/model",
        "quality-questions": "/admin/quality", "quality-runs": "/admin/quality?view=runs",
        "quality-bad-answers": "/admin/quality?view=ratings",
    }  # fmt: skip
    for title, path in pages.items():
        visit_section(page, app, path)
        _take(page, f"{title}-{name}")


def _uploads(page: Page, app: Server, name: str) -> None:
    visit(page, app, "/documents")
    files = [(f"report-{number:02}.md", _report(name, number)) for number in range(UPLOADS)]
    payload = [{"name": title, "mimeType": "text/markdown", "buffer": content} for title, content in files]
    page.locator("input[type=file]").first.set_input_files(payload)  # type: ignore[arg-type]
    expect(page.locator(".tray-list li[data-phase=ready], .tray-list li[data-phase=embedding]").first).to_be_visible()
    _take(page, f"uploads-{name}")
    expect(page.locator(".tray-head")).not_to_contain_text(re.compile("Adding|Dodaj"), timeout=120_000)
    _delete(page, app, {title for title, _ in files})


def _report(name: str, number: int) -> bytes:
    line = f"Report {number} for {name}: the warehouse took in {number * 7} pallets and sent out {number * 5}.\n\n"
    return f"# Report {number}\n\n{line * 40}".encode()


def _delete(page: Page, app: Server, filenames: set[str]) -> None:
    """Leave the library as the next pictures expect it."""
    items = page.request.get(f"{app.url}/api/v1/documents?limit=100").json()["items"]
    for item in items:
        if item["filename"] in filenames:
            page.request.delete(f"{app.url}/api/v1/documents/{item['id']}", headers={"Origin": app.url})


def _furnish(browser: Browser, app: Server, database: Path) -> None:
    """Let colleagues join and organisations begin, and write down what they asked lately."""
    page = _page(browser, DESKTOP, dark=False)
    sign_in(page, app)
    headers = {"Origin": app.url}
    for number, (name, role) in enumerate(PEOPLE.items()):
        body = {"email": f"colleague{number}@lipa.hr", "role": role}
        link = page.request.post(f"{app.url}/api/v1/invitations", data=body, headers=headers).json()["link"]
        form = {"token": link.partition("token=")[2], "name": name, "password": PASSWORD, "language": "hr"}
        httpx.post(f"{app.url}/auth/invite", data=form, headers=headers, timeout=30)
    for number, (name, plan) in enumerate(ORGANISATIONS.items()):
        body = {"name": name, "owner_email": f"owner{number}@example.org", "plan": plan, "language": "hr"}
        page.request.post(f"{app.url}/api/v1/tenants", data=body, headers=headers)
    _measure(page, app)
    page.context.close()
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        _write_usage(connection)


def _measure(page: Page, app: Server) -> None:
    """Ask test questions, rate an answer bad, and see what became of both."""
    headers, api = {"Origin": app.url}, f"{app.url}/api/v1"
    base = page.request.get(f"{api}/knowledge-bases").json()["items"][0]["id"]
    for text, words in TEST_QUESTIONS.items():
        expected = {"expected": {"words": [words]}} if words else {"expects": "nothing"}
        body = {"knowledge_base_id": base, "text": text, **expected}
        page.request.post(f"{api}/quality/questions", data=body, headers=headers)
    visit(page, app, "/")
    ask(page, ENGLISH)
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_role("dialog").get_by_text("Something is missing").click()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    page.request.post(f"{api}/quality/runs", data={"knowledge_base_id": base}, headers=headers)
    visit_section(page, app, "/admin/quality?view=runs")
    expect(page.locator("[data-list=runs] .progress")).to_have_count(0, timeout=120_000)


def _write_usage(connection: sqlite3.Connection) -> None:
    chance = random.Random(7)  # noqa: S311 - the same pictures every time
    tenant, *_ = connection.execute("SELECT id FROM tenants ORDER BY created_at").fetchone()
    people = [row[0] for row in connection.execute("SELECT user_id FROM memberships WHERE tenant_id = ?", (tenant,))]
    for days in range(1, 31):
        day = datetime.now(UTC).date() - timedelta(days=days)
        for person in people if day.weekday() < 5 else people[:1]:
            answered, partly, absent = chance.randint(2, 9), chance.randint(0, 2), chance.randint(0, 2)
            amounts = {
                "questions": answered + partly + absent, "answered": answered, "partly": partly, "not_found": absent,
                "feedback_up": chance.randint(0, 3), "feedback_down": chance.randint(0, 1),
            }  # fmt: skip
            rows = [(tenant, day.isoformat(), metric, person, amount) for metric, amount in amounts.items()]
            connection.executemany(
                "INSERT INTO tenant_usage (tenant_id, day, metric, user_id, amount) VALUES (?, ?, ?, ?, ?)", rows
            )


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(600)  # let motion come to rest
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
