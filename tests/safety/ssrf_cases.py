"""Addresses that must never be connected to, in every spelling that has fooled somebody."""

from ipaddress import IPv4Address, IPv6Address

TARGETS = (
    *("127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.5.4", "172.31.255.254", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "100.100.100.200", "0.0.0.0", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1"),
    *("255.255.255.255", "203.0.113.7"),
)
V6_TARGETS = (
    *("::1", "::", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "3fff::1", "100::1"),
    *("64:ff9b:1::a00:1", "5f00::1", "2001:2::1", "2001:10::1", "4000::1", "::ffff:0:0"),
)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_DOTS = ("。", "．", "｡")


def spellings(target: str) -> list[str]:
    """Return every host part that some program somewhere reads as this IPv4 address."""
    number = int(IPv4Address(target))
    a, b, c, d = IPv4Address(target).packed
    full_width = target.translate(_FULL_WIDTH)
    return [
        target,
        f"{target}.",
        str(number),
        hex(number),
        hex(number).upper(),
        f"0{number:o}",
        f"{number}.",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"000{a:o}.{b}.{c}.{d}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0x{a:x}.{b}.0{c:o}.{d}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.{number & 0xFFFFFF}",
        f"{number + 2**32}",
        full_width,
        target.translate(_CIRCLED),
        *(target.replace(".", dot) for dot in _DOTS),
        full_width.replace(".", "．"),
        target.replace(".", "%2e"),
        "".join(f"%{ord(character):02x}" for character in target),
        *(f"[{address}]" for address in carriers(target)),
        f"[::ffff:{target}]",
        f"[0:0:0:0:0:ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        f"[::{target}]",
        f"[::ffff:{target}%25eth0]",
        f"user@{target}",
        f"example.com@{target}",
        f"example.com:80@{target}",
        f"example.com%40{target}@{target}",
        f"{target}\\@example.com",
        f"example.com\\@{target}",
        f"{target}#@example.com",
        f"{target}?@example.com",
        f"{target}%23@example.com",
        f"{target}:80",
        f"{target}:443",
        f"{target}:22",
        f"{target}:080",
    ]


def carriers(target: str) -> list[str]:
    """Return the IPv6 addresses that carry an IPv4 address inside."""
    number = int(IPv4Address(target))
    public = int(IPv4Address("93.184.216.34"))
    return [
        str(IPv6Address(0xFFFF << 32 | number)),
        str(IPv6Address(number)),
        str(IPv6Address(0xFFFF << 48 | number)),
        str(IPv6Address(0x0064FF9B << 96 | number)),
        str(IPv6Address(0x2002 << 112 | number << 80 | 1)),
        str(IPv6Address(0x20010000 << 96 | public << 64 | number ^ 0xFFFFFFFF)),
        str(IPv6Address(0x20010000 << 96 | number << 64 | public ^ 0xFFFFFFFF)),
        str(IPv6Address(0x2A00_1450 << 96 | 0x00005EFE << 32 | number)),
        str(IPv6Address(0x2A00_1450 << 96 | 0x02005EFE << 32 | number)),
    ]


URLS = sorted({f"http://{host}/latest/meta-data" for target in TARGETS for host in spellings(target)})
URLS += [f"http://[{address}]/" for address in V6_TARGETS]
URLS += [f"https://{host}/" for target in TARGETS[:3] for host in spellings(target)]

NOT_ADDRESSES = [
    *("", " ", "http://", "http:///", "http:/example.com", "http:example.com", "//example.com/", "example.com"),
    *(
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "dict://127.0.0.1:11211/",
        "data:,a",
    ),
    *(
        "javascript:alert(1)",
        "jar:http://example.com!/",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
        "ws://example.com/",
    ),
    *("http://example.com:0/", "http://example.com:65536/", "http://example.com:99999/", "http://example.com:-1/"),
    *("http://example.com:80:80/", "http://example.com:http/", "http://[::1", "http://::1/", "http://[example.com]/"),
    *("http://exa mple.com/", "http://example.com\t.evil/", "http://example.com\n/", "http://exa\x00mple.com/"),
    *("http://example..com/", "http://.example.com/", "http://-example.com/", "http://exam%70le.com/"),
    *("http://example.com/a b", "http://example.com/\r\nX-Injected: 1", "http://[::1]a/", "http://a[::1]/"),
    *("http://[fe80::1%25eth0]/", "http://1.2.3/", "http://1.2.3.4.5/", "http://999.1.1.1/", "http://0x/"),
    *("http://" + "a" * 64 + ".com/", "http://" + "a." * 130 + "com/", "http://example.com/" + "a" * 3000),
]

PORTS = [21, 22, 23, 25, 53, 110, 135, 139, 445, 465, 587, 993, 1433, 2375, 3306, 3389, 5432, 5601, 6379, 8000, 8080,
         8443, 9200, 9300, 11211, 11434, 27017, 50070]  # fmt: skip
