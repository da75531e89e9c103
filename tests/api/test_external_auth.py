"""The way to a sign-in service and back: where it may lead, and what the browser is given."""

import pytest

from ragapp.core.errors import ExternalSignInFailed
from ragapp.services.identity.provider_views import ExternalOutcome, ExternalStart

_OUTSIDE = (
    "//evil.hr", "///evil.hr", "////evil.hr", "/\\evil.hr", "\\\\evil.hr", "\\/evil.hr", "https://evil.hr",
    "http://evil.hr",
    "https:evil.hr", "https:/evil.hr", "hTTps://evil.hr", "javascript:alert(1)", "data:text/html,x", "vbscript:x",
    "evil.hr", "@evil.hr", "//x@evil.hr", "//evil.hr/%2e%2e", "/\t/evil.hr", "/\n/evil.hr", "/\r/evil.hr",
    "\t//evil.hr",
    " //evil.hr", "/ /evil.hr", "/\x00/evil.hr", "/\u2028/evil.hr", "/％2f", "//evil.hr#/", "//evil.hr?x",
    "/\\/evil.hr",
    "/\\\\evil.hr", "", "?next=x", "#x", ".", "..", "../x", "x/y", "//[::1]", "//1.1.1.1",
)  # fmt: skip
_NOT_PAGES = ("/auth/logout", "/auth", "/api/v1/me", "/v1/models", "/sign-in", "/sign-in?x", "/welcome", "/_event")
_LONG = ("/" + "a" * 2001, "/" + "é", "/a'b", '/a"b', "/a b")
TARGETS = [
    *_OUTSIDE,
    *_NOT_PAGES,
    *_LONG,
    *(f"{target}/chat" for target in _OUTSIDE if target.startswith(("/", "\\", "h", "H")) and target not in ("/％2f",)),
    *(target.replace("evil.hr", "evil.hr:443") for target in _OUTSIDE if "evil.hr" in target),
]
INSIDE = ["/", "/documents", "/chat/x?y=1#z", "/documents/a?page=7&mark=1-2"]


class FakeExternal:
    """Begins and ends every sign-in, and remembers where it was asked to lead."""

    def __init__(self) -> None:
        self.next_paths: list[str] = []
        self.outcome: ExternalOutcome | None = None
        self.replies: list[object] = []

    async def start(self, provider_id, *, next_path, login_hint="", must_be_fresh=False):
        self.next_paths.append(next_path)
        return ExternalStart("https://login.example/authorize?state=s", "browser-token", 600)

    async def finish(self, reply, browser, caller):
        self.replies.append((reply, browser.token))
        if self.outcome is None:
            raise ExternalSignInFailed
        return self.outcome


@pytest.fixture
def external(rest):
    rest.external_sign_in = FakeExternal()
    return rest.external_sign_in


def test_there_are_a_hundred_cases():
    assert len(TARGETS) >= 100


@pytest.mark.parametrize("target", TARGETS)
async def test_no_sign_in_leads_anywhere_else(anonymous, external, target):
    await anonymous.get("/auth/oidc/p1/start", params={"next": target})
    assert external.next_paths == ["/"]
    external.outcome = ExternalOutcome(target)
    response = await anonymous.get("/auth/oidc/callback", params={"state": "s", "code": "c"})
    assert response.headers["location"] == "/"


@pytest.mark.parametrize("target", INSIDE)
async def test_a_sign_in_leads_back_to_the_page(anonymous, external, target):
    await anonymous.get("/auth/oidc/p1/start", params={"next": target})
    assert external.next_paths == [target]


async def test_two_targets_are_none(anonymous, external):
    await anonymous.get("/auth/oidc/p1/start?next=/documents&next=//evil.hr")
    assert external.next_paths == ["/"]


async def test_the_browser_keeps_its_part_in_a_cookie_of_its_own(anonymous, external):
    response = await anonymous.get("/auth/oidc/p1/start")
    assert response.status_code == 303
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-ragapp-external=browser-token;")
    assert all(rule in cookie for rule in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"))
    assert response.headers["cache-control"] == "no-store"


async def test_everything_wrong_gets_the_same_page(anonymous, external):
    answers = set()
    twice, huge = "?state=a&state=b&code=c", "?code=" + "x" * 9999
    for query in ("", "?state=x", "?state=x&code=y", "?error=access_denied", twice, huge):
        response = await anonymous.get("/auth/oidc/callback" + query)
        answers.add((response.status_code, response.headers["location"]))
        assert "session" not in response.headers.get("set-cookie", "")
    assert answers == {(303, "/sign-in?error=external_sign_in_failed")}


async def test_linking_begins_only_on_our_own_pages(anonymous, external):
    for headers in ({"Origin": "https://evil.hr"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        response = await anonymous.post(
            "/auth/oidc/p1/link", headers={"Content-Type": "application/x-www-form-urlencoded", **headers}
        )
        assert response.status_code == 403
    assert (await anonymous.get("/auth/oidc/p1/link")).status_code in (404, 405)
