"""People sign in with a real OpenID provider, in a real browser, as the administrator set it up there."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import EMAIL, PASSWORD
from tests.e2e.processes import Server, free_port, running_app
from tests.e2e.sign_in_service import CLIENT_ID, CLIENT_SECRET, SignInService, running_sign_in_service
from tests.e2e.steps import composer, create_first_account

COLLEAGUE = "iva@lipa.hr"


@pytest.fixture(scope="module")
def places(built_app: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, SignInService]]:
    """The app, and a sign-in service inside the operator's own network."""
    app_port, service_port = free_port(), free_port()
    redirect_uri = f"http://127.0.0.1:{app_port}/auth/oidc/callback"
    with (
        running_sign_in_service(redirect_uri, service_port) as service,
        running_app(
            tmp_path_factory.mktemp("external"),
            port=app_port,
            RAGAPP_PUBLIC_URL=f"http://127.0.0.1:{app_port}",
            RAGAPP_IDENTITY_PRIVATE_HOSTS=service.host,
        ) as app,
    ):
        yield app, service


def add_service(page: Page, app: Server, service: SignInService) -> None:
    page.goto(app.url + "/admin/sign-in")
    page.get_by_role("button", name="New sign-in service").click()
    form = page.get_by_role("dialog")
    form.locator("[name=name]").fill("Lipa SSO")
    form.locator("[name=issuer]").fill(service.issuer)
    form.locator("[name=client_id]").fill(CLIENT_ID)
    form.locator("[name=client_secret]").fill(CLIENT_SECRET)
    form.locator("[name=domains]").fill("lipa.hr")
    form.locator("[name=auto_join]").check()
    form.get_by_role("button", name="Save and test").click()
    expect(page.get_by_text("It answers and can be used.")).to_be_visible()


def sign_in_there(page: Page, app: Server, email: str) -> None:
    """From our sign-in page to the service, through its own pages, and back."""
    page.goto(app.url + "/sign-in")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").focus()
    page.get_by_role("link", name="Continue with Lipa SSO").click()
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill("whatever")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_a_colleague_comes_in_through_the_service_and_a_suspended_one_does_not(
    browser: Browser, page: Page, places: tuple[Server, SignInService]
) -> None:
    app, service = places
    create_first_account(page, app)
    add_service(page, app, service)

    for _ in range(2):
        visit = browser.new_context(locale="en-US")
        colleague = visit.new_page()
        sign_in_there(colleague, app, COLLEAGUE)
        expect(composer(colleague)).to_be_visible()
        expect(colleague.locator(".sidebar").first).to_contain_text("iva")
        me = colleague.request.get(app.url + "/api/v1/me").json()
        assert (me["user"]["email"], me["role"]) == (COLLEAGUE, "member")
        visit.close()

    members = page.request.get(app.url + "/api/v1/members").json()["items"]
    assert sorted(member["email"] for member in members) == sorted([EMAIL, COLLEAGUE])
    colleague_id = next(member["id"] for member in members if member["email"] == COLLEAGUE)
    deactivated = page.request.patch(
        f"{app.url}/api/v1/members/{colleague_id}", data={"status": "inactive"}, headers={"Origin": app.url}
    )
    assert deactivated.ok, deactivated.text()

    visit = browser.new_context(locale="en-US")
    refused = visit.new_page()
    sign_in_there(refused, app, COLLEAGUE)
    refused.wait_for_url(re.compile("/sign-in"))
    expect(refused.get_by_role("alert")).to_contain_text("no active account")
    assert refused.request.get(app.url + "/api/v1/me").status == 401
    visit.close()
    assert PASSWORD not in "".join(app.output)
    assert CLIENT_SECRET not in "".join(app.output)
