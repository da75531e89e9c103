"""Where a request comes from: which address counts, behind proxies too, and what counts as one source."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNKNOWN_SOURCE = "unknown"
_SOURCE_PREFIX_V6 = 64
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")
_MAX_HOPS = 32
"""A chain of proxies longer than this is an invention; only its end is read."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose `X-Forwarded-*` headers are believed; none by default."""

    networks: tuple[Network, ...] = ()

    def __contains__(self, address: str) -> bool:
        """Return whether this peer is one of them."""
        parsed = _parse(address)
        return parsed is not None and self._is_listed(parsed)

    def client_of(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """Return the address of whoever asked: the right-most hop that is no trusted proxy.

        Each proxy appends the address it was asked from, so what stands left of the first stranger is that stranger's
        own invention.

        Args:
            peer: Address of the other end of the connection.
            forwarded_for: Values of all `X-Forwarded-For` headers, in order.

        Returns:
            `peer` itself unless it is trusted; the last proxy known where a hop is no address; the left-most hop
            where all are trusted.
        """
        client = peer
        if peer not in self:
            return client
        for hop in reversed(",".join(forwarded_for).split(",")[-_MAX_HOPS:]):
            parsed = _parse(_without_port(hop.strip()))
            if parsed is None:
                break
            client = str(parsed)
            if not self._is_listed(parsed):
                break
        return client

    def _is_listed(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def parse_networks(listed: str) -> tuple[Network, ...]:
    """Return the addresses and CIDR networks of a comma-separated list.

    Raises:
        ValueError: an entry is neither, has bits set behind its prefix, or would mean every address.
    """
    networks = []
    for entry in (part.strip() for part in listed.split(",")):
        if not entry:
            continue
        network = ipaddress.ip_network(entry)
        if network.prefixlen == 0:
            raise ValueError(f"{entry} means every address: whoever is trusted can pretend to be anybody")
        networks.append(network)
    return tuple(networks)


def source_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 network of an IPv6 address."""
    parsed = _parse(address)
    if parsed is None:
        return UNKNOWN_SOURCE
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SOURCE_PREFIX_V6), strict=False))
    return str(parsed)


def _parse(address: str) -> Address | None:
    """Return an address in its one form: without a zone, and as IPv4 where IPv6 only wraps one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _without_port(hop: str) -> str:
    found = _WITH_PORT.fullmatch(hop)
    return (found["v6"] or found["v4"]) if found else hop
