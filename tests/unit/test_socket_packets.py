"""Only well-formed messages that name an event of the product reach the page framework."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragapp.api.socket_packets import Refusal, refusal_of
from ragapp.core.pacing import LogBudget, Pace, TokenBucket

KNOWN = "chat_state.ask"
EVENT = {"name": KNOWN, "payload": {"text": "šuma"}, "router_data": {"pathname": "/", "query": {}}}


def is_known(name: str) -> bool:
    return name == KNOWN


def packet(kind: str, data: object = None, namespace: str = "/_event") -> str:
    return f"4{kind}{namespace},{'' if data is None else json.dumps(data)}"


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "3",
        "40/_event",
        packet("0"),
        packet("0", {}),
        packet("0", {"event": EVENT, "state_schema": "0f" * 32}),
        packet("0", {"event": None, "state_schema": None}),
        packet("1"),
        packet("2", ["event", EVENT]),
        packet("2", ["event", {"name": KNOWN}]),
        packet("2", ["ping"]),
        packet("2", ["client_error", {"message": "broken"}]),
        f'42/_event,17{json.dumps(["event", EVENT])}',
    ],
)
def test_what_pages_send_passes(text: str) -> None:
    assert refusal_of(text, is_known) is None


BROKEN = [{}, [], "text", 1, {"name": 1}, {"name": KNOWN, "payload": []}, {"name": KNOWN, "payload": None}]
BROKEN += [{"name": KNOWN, "router_data": bad} for bad in (None, "x", {"query": None}, {"pathname": 1})]


@pytest.mark.parametrize("event", [json.dumps(EVENT), *BROKEN])
def test_what_is_no_event_object_is_refused_wherever_it_stands(event: object) -> None:
    assert refusal_of(packet("2", ["event", event]), is_known) is Refusal.MALFORMED
    assert refusal_of(packet("0", {"event": event}), is_known) is Refusal.MALFORMED


def test_a_name_the_product_does_not_have_is_refused_wherever_it_stands() -> None:
    event = {**EVENT, "name": "no_state.no_event"}
    for text in (packet("2", ["event", event]), packet("0", {"event": event}), packet("2", ["no such", {}])):
        assert refusal_of(text, is_known) is Refusal.UNKNOWN_EVENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "4",
        "5",
        "43/_event,1[]",
        "451-/_event,[]",
        "42[]",
        packet("2", ["ping"], "/"),
        packet("2", ["ping"], "/other"),
        packet("2", ["ping"], "/_event?x"),
        packet("0", []),
        packet("0", {"state_schema": "x" * 1000}),
        packet("1", {}),
        packet("2", {}),
        packet("2", [["event"], EVENT]),
        packet("2", ["event", EVENT, EVENT]) + "x",
        packet("2", ["client_error", "text"])[:-1],
        "42/_event,[" * 9,
        "42/_event," + "[" * 100_000,
        "42/_event,[" + "1" * 10_000 + "]",
        "3 \n",
    ],
)
def test_what_no_page_sends_is_refused(text: str) -> None:
    assert refusal_of(text, is_known) is not None


@given(st.text(max_size=200), st.sampled_from(["", "4", "42/_event,", "40/_event,", '42/_event,["event",']))
def test_no_text_makes_the_check_itself_fail(text: str, prefix: str) -> None:
    refusal_of(prefix + text, is_known)


def test_a_pace_lets_a_burst_through_and_then_so_much_a_second() -> None:
    now = [0.0]
    bucket = TokenBucket(Pace(burst=10, per_s=5), now=lambda: now[0])
    assert [bucket.spend(1) for _ in range(12)] == [0.0] * 10 + [0.2, 0.4]
    assert not bucket.try_spend(1)
    now[0] = 1.0
    assert bucket.try_spend(3)
    assert not bucket.try_spend(1)
    now[0] = 100.0
    assert bucket.is_full


def test_a_budget_of_lines_counts_what_it_leaves_out() -> None:
    now = [0.0]
    budget = LogBudget(2, 60, now=lambda: now[0])
    assert [budget.take() for _ in range(5)] == [0, 0, None, None, None]
    now[0] = 60.0
    assert [budget.take() for _ in range(3)] == [3, 0, None]
