"""The one reading of a web address. The client gets its parts and never parses the text a second time."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

import idna

from ragapp.core.errors import AddressRefused, InvalidAddress

DEFAULT_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\\\"<>^`{|}\u2028\u2029]")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_V4 = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_SAFE = "/?%:@!$&'()*+,;=-._~[]"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A web address in parts: `host` is a lowercase ASCII name or a plain IP address, `target` what is asked of it."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """Return the address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own: the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """The last part of the path, as it stands."""
        return self.target.partition("?")[0].rstrip("/").rpartition("/")[2]


def parse_address(text: str) -> WebAddress:
    """Read a web address; what two programs could read differently is refused.

    Raises:
        InvalidAddress: it is no plain http or https address. AddressRefused: it names somebody to sign in as.
    """
    text = text.strip(" \t\r\n")
    found = _URL.fullmatch(text) if len(text) <= _LONGEST and not _FORBIDDEN.search(text) else None
    if found is None or found["scheme"].lower() not in DEFAULT_PORTS:
        raise InvalidAddress
    scheme = found["scheme"].lower()
    if "@" in found["authority"]:
        raise AddressRefused("An address with a user name or password is not read. Remove that part.")
    parts = _AUTHORITY.fullmatch(found["authority"])
    if parts is None:
        raise InvalidAddress
    host = _read_v6(parts["v6"]) if parts["v6"] else _read_host(parts["name"])
    port = int(parts["port"]) if parts["port"] else DEFAULT_PORTS[scheme]
    if not 1 <= port <= 65535:
        raise InvalidAddress
    return WebAddress(scheme, host, port, _encode(found["path"] or "/") + _encode(found["query"] or ""))


def join_address(base: WebAddress, location: str) -> WebAddress:
    """Read where a redirect leads.

    Raises:
        InvalidAddress, AddressRefused: as `parse_address`.
    """
    try:
        return parse_address(urljoin(str(base), location))
    except ValueError as error:
        raise InvalidAddress from error


def _read_v6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise InvalidAddress from error


def _read_host(text: str) -> str:
    """Return the ASCII form of a name, or a dotted IPv4 address; every other spelling of a number is refused."""
    if "%" in text:
        raise InvalidAddress
    try:
        # Maps full-width digits, ideographic full stops and the like to what they stand for, before they are judged.
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidAddress from error
    name = name.removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_v4(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidAddress
    return name


def _read_v4(text: str) -> str:
    if not _V4.fullmatch(text):
        raise InvalidAddress
    try:
        return str(IPv4Address(text))
    except ValueError as error:
        raise InvalidAddress from error


def _encode(part: str) -> str:
    return quote(part, safe=_SAFE)
