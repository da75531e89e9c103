"""Connections are counted by address and in all; what waits longest makes way, what is worked on stays."""

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ragapp.connections import ConnectionLimits, ConnectionRegistry, connection_limits


class Line:
    def __init__(self) -> None:
        self.is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


def opened(registry: ConnectionRegistry, source: str, count: int) -> Iterator[Line]:
    for _ in range(count):
        line = Line()
        assert registry.admit(line, source)
        yield line


def test_one_address_over_its_bound_loses_its_oldest_idle_connection_and_no_one_elses() -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=100, per_address=3))
    others, own = list(opened(registry, "b", 1)), list(opened(registry, "a", 5))
    assert [line.is_dropped for line in own] == [True, True, False, False, False]
    assert not others[0].is_dropped
    assert len(registry) == 4


def test_a_connection_that_is_worked_on_is_never_dropped_and_the_new_one_is_refused() -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=100, per_address=2))
    busy = list(opened(registry, "a", 2))
    for line in busy:
        registry.work(line)
    with structlog.testing.capture_logs() as logs:
        assert not any(registry.admit(Line(), "a") for _ in range(500))
    assert not any(line.is_dropped for line in busy)
    assert len(logs) == 1, "a flood is one line"
    assert registry.admit(Line(), "b")


def test_in_all_the_oldest_idle_connection_makes_way_whosever_it_is() -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=3, per_address=2))
    first, *rest = [line for source in "abc" for line in opened(registry, source, 1)]
    registry.work(rest[0])
    assert registry.admit(Line(), "d")
    assert first.is_dropped
    assert not rest[0].is_dropped


def test_a_trusted_proxy_is_bound_by_the_total_only() -> None:
    registry = ConnectionRegistry(ConnectionLimits(total=10, per_address=2))
    proxied = [Line() for _ in range(10)]
    assert all(registry.admit(line, "proxy", is_exempt=True) for line in proxied)
    assert not any(line.is_dropped for line in proxied)


@given(st.lists(st.tuples(st.sampled_from("awrx"), st.integers(0, 5), st.sampled_from("pqs")), max_size=200))
def test_whatever_happens_the_counts_are_those_of_the_open_connections(steps: list[tuple[str, int, str]]) -> None:
    registry, lines = ConnectionRegistry(ConnectionLimits(total=6, per_address=3)), {}
    for what, number, source in steps:
        line = lines.get(number)
        if what == "a":
            new = Line()
            if registry.admit(new, source):
                lines[number] = new
        elif line is not None:
            {"w": registry.wait, "r": registry.work, "x": registry.release}[what](line)
        assert len(registry) <= 6
        assert registry._counts.total() == len(registry)
        assert max(registry._counts.values(), default=0) <= 3
        assert sum(map(len, registry._waiting_of.values())) == len(registry._waiting)
    for line in list(registry._sources):
        registry.release(line)
    assert not (registry._counts or registry._waiting or registry._waiting_of)


def test_the_limits_leave_descriptors_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = []
    monkeypatch.setattr("resource.getrlimit", lambda _: (300, 300))
    monkeypatch.setattr("resource.setrlimit", lambda *call: raised.append(call))
    assert connection_limits(256) == ConnectionLimits(total=150, per_address=112)
    assert not raised
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    assert connection_limits(256) == ConnectionLimits(total=3840, per_address=256)
    assert raised[0][1] == (4096, 4096)
