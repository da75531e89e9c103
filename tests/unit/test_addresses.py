"""Which address counts: invented headers never do, and behind listed proxies the right-most stranger does."""

import pytest
from pydantic import ValidationError

from ragapp.config import Settings
from ragapp.core.addresses import TrustedProxies, parse_networks, source_of

PROXIES = TrustedProxies(parse_networks("127.0.0.1, 10.0.0.0/8 ,2001:db8:1::/48"))


def test_a_source_is_an_address_or_a_network() -> None:
    assert source_of("192.0.2.7") == source_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1%eth0") == "2001:db8::/64"
    assert source_of("") == source_of("testclient") == "unknown"


@pytest.mark.parametrize("peer", ["192.0.2.7", "::1", "127.0.0.2", "", "testclient"])
def test_a_peer_that_is_not_listed_is_itself_whatever_it_says(peer: str) -> None:
    assert PROXIES.client_of(peer, ["203.0.113.9"]) == peer
    assert TrustedProxies().client_of(peer, ["203.0.113.9"]) == peer


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([], "127.0.0.1"),
        ([""], "127.0.0.1"),
        (["203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8:2::7]:4711"], "2001:db8:2::7"),
        (["2001:db8:2::7"], "2001:db8:2::7"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["10.0.0.9, 10.0.0.8"], "10.0.0.9"),
        (["203.0.113.9, unknown"], "127.0.0.1"),
        (["203.0.113.9, <script>, 10.0.0.8"], "10.0.0.8"),
        ([", ".join(["198.51.100.1"] * 5000)], "198.51.100.1"),
    ],
)
def test_behind_a_listed_proxy_the_rightmost_stranger_counts(forwarded: list[str], client: str) -> None:
    assert PROXIES.client_of("127.0.0.1", forwarded) == client
    assert PROXIES.client_of("::ffff:127.0.0.1", forwarded) in (client, "::ffff:127.0.0.1")


@pytest.mark.parametrize("listed", ["10.0.0.1/8", "proxy.local", "*", "0.0.0.0/0", "::/0", "127.0.0.1;10.0.0.1"])
def test_a_list_that_is_none_or_means_everybody_is_refused(listed: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=listed)


def test_nobody_is_trusted_by_default() -> None:
    assert "127.0.0.1" not in Settings().proxies
