"""Test questions through the browser: a bad answer with a reason becomes one, a run measures it, failures are shown."""

import re

from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.steps import answers, ask, create_first_account, visit, visit_section

QUESTION = "How many days of annual leave do employees have?"
RIGHT = "24"
CSV = """question,document,page,answer,not_in_documents
Who won the football world cup in 1998?,,,,yes
Broken?,,,,maybe
"""


def problems_of(page):
    """What axe finds once the framework's short messages are gone."""
    expect(page.locator("[data-sonner-toast]")).to_have_count(0)
    return violations(page)


def test_a_bad_answer_becomes_a_test_question_that_a_run_measures(page, app):
    create_first_account(page, app, samples=True)
    visit(page, app, "/documents")
    expect(page.locator("tbody").get_by_text("Ready", exact=True)).to_have_count(12, timeout=60_000)

    visit(page, app, "/")
    ask(page, QUESTION)
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Bad answer").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Something is missing").click()
    dialog.locator("textarea").fill("The extra days are missing.")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Your administrators see why")).to_be_visible()
    expect(dialog).to_have_count(0)

    visit_section(page, app, "/admin/quality")
    page.get_by_role("tab", name="Bad answers").click()
    page.wait_for_url(re.compile("view=ratings"))
    card = page.locator("[data-list=bad-answers] .quality-card")
    expect(card).to_contain_text("Something is missing")
    expect(card).to_contain_text("The extra days are missing.")
    page.select_option("[name=reason-filter]", "wrong")
    expect(page.locator(".filter-chip")).to_have_count(1)
    expect(card).to_have_count(0)
    page.get_by_role("button", name="Clear all").click()
    assert problems_of(page) == []
    card.get_by_role("button", name="Take over as a question").click()
    expect(card).to_contain_text("Taken over")

    page.get_by_role("tab", name="Test questions").click()
    row = page.locator("[data-list=test-questions] tbody tr")
    expect(row).to_contain_text(QUESTION)
    expect(row).to_contain_text("Still to be said")
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Change").click()
    assert problems_of(page) == []
    dialog.locator("[name=words]").fill(RIGHT)
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text(RIGHT)

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Import from CSV").click()
    dialog.locator("[name=csv]").fill(CSV)
    dialog.get_by_role("button", name="Import").click()
    expect(dialog).to_contain_text("Row 3: Write yes or no. (maybe)")
    expect(row).to_have_count(1)
    file = {"name": "questions.csv", "mimeType": "text/csv", "buffer": CSV.replace("maybe", "no").encode()}
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog.locator("[name=csv]")).to_have_value(re.compile("Broken"))
    dialog.get_by_role("button", name="Import").click()
    expect(row).to_have_count(3)

    page.get_by_role("button", name="Start a run").click()
    page.wait_for_url(re.compile("view=runs"))
    run = page.locator("[data-list=runs] tbody tr")
    expect(run).to_have_count(1)
    expect(run).to_contain_text("2 questions", timeout=60_000)
    expect(run).to_contain_text("100 %", timeout=60_000)
    run.get_by_role("link").click()
    opened = page.locator("[data-list=one-run]")
    expect(opened).to_contain_text("Every question was answered right")
    expect(opened).to_contain_text("There is no earlier run to compare with.")
    assert problems_of(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("", "?view=runs", "?view=ratings"):
        visit_section(page, app, f"/admin/quality{view}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{view} is too wide"
        assert problems_of(page) == []
    assert page.problems == []
