"""E-mail domains that an organisation may call its own."""

import re

from ragapp.core.errors import InvalidInput

_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_MOST = 50

PUBLIC_MAILBOXES = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "ymail.com"),
        *("aol.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.net"),
        *("gmx.de", "web.de", "t-online.de", "mail.com", "mail.ru", "yandex.com", "yandex.ru", "zoho.com", "qq.com"),
        *("163.com", "126.com", "fastmail.com", "hey.com", "tutanota.com", "tuta.com", "duck.com", "hotmail.co.uk"),
        *("yahoo.co.uk", "net.hr", "inet.hr", "vip.hr", "email.t-com.hr", "optinet.hr", "zg.t-com.hr", "hi.t-com.hr"),
    }
)
"""Where anybody gets an address: listing one would let anybody in."""


def parse_domains(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return domains in their one spelling, each once.

    Raises:
        InvalidInput: too many, or one that is no domain.
    """
    found = dict.fromkeys(text.strip().removeprefix("@").lower() for text in texts if text.strip())
    if len(found) > _MOST or not all(_DOMAIN.fullmatch(domain) for domain in found):
        raise InvalidInput("Write domains like example.com, 50 at most.", details={"field": "domains"})
    return tuple(found)


def domain_of(email: str) -> str:
    """Return the lowercase domain of an address, "" where there is none."""
    return email.rpartition("@")[2].strip().lower() if "@" in email else ""
