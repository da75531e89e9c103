"""Which network addresses are public: the rule every resolved address must pass before anything connects to it."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# Written out: what the standard library calls global changes between its releases and leaves some of these in.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # a cloud's platform address, inside otherwise public space
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20", "2620:4f:8000::/48")
)
_MAPPED, _COMPATIBLE = IPv6Network("::ffff:0:0/96"), IPv6Network("::/96")
_TRANSLATED, _NAT64 = IPv6Network("::ffff:0:0:0/96"), IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR, _TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)
_NEVER = tuple(
    IPv4Network(network)
    for network in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32")
)
_PRIVATE_V6 = (IPv6Network("fc00::/7"), IPv6Network("::1/128"))


def is_public(address: Address) -> bool:
    """Return whether an address is global unicast, as are all addresses that it carries inside."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    carried = carried_addresses(address)
    if not all(is_public(inner) for inner in carried):
        return False
    if address in _PUBLIC_V6:
        return address in _TEREDO or not any(address in network for network in _NOT_PUBLIC_V6)
    return address in _MAPPED or address in _NAT64


def is_nameable(address: Address) -> bool:
    """Return whether an operator may open an address by naming its host: private yes, link-local and the like never."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NEVER)
    carried = carried_addresses(address)
    if carried and address != IPv6Address("::1"):
        return all(is_nameable(inner) for inner in carried)
    return is_public(address) or any(address in network for network in _PRIVATE_V6)


def carried_addresses(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that packets to an IPv6 address may end up at."""
    number = int(address)
    last = IPv4Address(number & 0xFFFFFFFF)
    if any(address in network for network in (_MAPPED, _COMPATIBLE, _TRANSLATED, _NAT64)):
        return (last,)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        return (IPv4Address(number >> 64 & 0xFFFFFFFF), IPv4Address(int(last) ^ 0xFFFFFFFF))
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        return (last,)
    return ()


def parse_literal(host: str) -> Address | None:
    """Return the address a host part spells out, or None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
