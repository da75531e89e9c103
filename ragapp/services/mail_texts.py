"""What messages say, in English and Croatian, as plain text and as the same in simple HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from ragapp.core.ports import Mail


class MailKind(StrEnum):
    """Every message, and what its text fills in."""

    INVITATION = "invitation"  # organisation, inviter, link
    RESET = "reset"  # link
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of message; link
    EMAIL_CONFIRMATION = "email_confirmation"  # link
    EMAIL_CHANGED = "email_changed"  # email


@dataclass(frozen=True, slots=True)
class _Text:
    """A subject, paragraphs before and after the link, and the words on it (empty: no link)."""

    subject: str
    before: str
    action: str = ""
    after: str = ""


_TEXTS: Mapping[MailKind, Mapping[str, _Text]] = {
    MailKind.INVITATION: {
        "en": _Text(
            "You are invited to {organisation}",
            "{inviter} invites you to ask questions about the documents of {organisation}.",
            "Accept the invitation",
            "The link works once, for a few days, and only for this address. If you do not know what this is about, "
            "ignore this message.",
        ),
        "hr": _Text(
            "Pozvani ste u organizaciju {organisation}",
            "{inviter} vas poziva postavljati pitanja o dokumentima organizacije {organisation}.",
            "Prihvatite poziv",
            "Poveznica vrijedi jednom, nekoliko dana i samo za ovu adresu. Ako ne znate o čemu se radi, zanemarite "
            "ovu poruku.",
        ),
    },
    MailKind.RESET: {
        "en": _Text(
            "Choose a new password",
            "Someone, probably you, asked to choose a new password for this address.",
            "Choose a new password",
            "The link works once and for one hour. If it was not you, ignore this message: your password stays as it "
            "is.",
        ),
        "hr": _Text(
            "Odaberite novu lozinku",
            "Netko, vjerojatno vi, zatražio je novu lozinku za ovu adresu.",
            "Odaberite novu lozinku",
            "Poveznica vrijedi jednom i jedan sat. Ako to niste bili vi, zanemarite ovu poruku: vaša lozinka ostaje "
            "kakva jest.",
        ),
    },
    MailKind.PASSWORD_CHANGED: {
        "en": _Text(
            "Your password was changed",
            "The password of your account has just been changed, and all other devices were signed out. If it was "
            "not you, choose a new one at once and tell your administrator.",
            "Choose a new password",
        ),
        "hr": _Text(
            "Vaša je lozinka promijenjena",
            "Lozinka vašeg računa upravo je promijenjena i svi su ostali uređaji odjavljeni. Ako to niste bili vi, "
            "odmah odaberite novu i javite administratoru.",
            "Odaberite novu lozinku",
        ),
    },
    MailKind.EMAIL_CONFIRMATION: {
        "en": _Text(
            "Confirm your new e-mail address",
            "Confirm that this is the new address of your account. Until then the old one stays in use.",
            "Confirm this address",
            "The link works for one hour, in the browser in which you are signed in.",
        ),
        "hr": _Text(
            "Potvrdite novu adresu e-pošte",
            "Potvrdite da je ovo nova adresa vašeg računa. Do tada vrijedi stara.",
            "Potvrdite ovu adresu",
            "Poveznica vrijedi jedan sat, u pregledniku u kojem ste prijavljeni.",
        ),
    },
    MailKind.EMAIL_CHANGED: {
        "en": _Text(
            "Your e-mail address was changed",
            "Your account now uses the address {email}. If it was not you, tell your administrator at once.",
        ),
        "hr": _Text(
            "Vaša je adresa e-pošte promijenjena",
            "Vaš račun sada koristi adresu {email}. Ako to niste bili vi, odmah javite administratoru.",
        ),
    },
}


def compose(kind: MailKind, language: str, recipient: str, params: Mapping[str, str]) -> Mail:
    """Return a message as it is sent.

    Args:
        kind: Which one.
        language: "hr" or "en"; anything else reads English.
        recipient: Address.
        params: What the text fills in; untrusted, so it is escaped.

    Raises:
        KeyError: a parameter is missing.
    """
    text = _TEXTS[kind].get(language, _TEXTS[kind]["en"])
    link = params["link"] if text.action else ""
    return Mail(recipient, text.subject.format_map(params), _plain(text, link, params), _html(text, link, params))


def _plain(text: _Text, link: str, params: Mapping[str, str]) -> str:
    parts = [text.before.format_map(params), f"{text.action}:\n{link}" if link else "", text.after]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(text: _Text, link: str, params: Mapping[str, str]) -> str:
    safe = {name: escape(value) for name, value in params.items()}
    parts = [f"<p>{text.before.format_map(safe)}</p>"]
    if link:
        address = escape(link, quote=True)
        parts.append(f'<p><a href="{address}">{escape(text.action)}</a></p><p>{address}</p>')
    if text.after:
        parts.append(f"<p>{escape(text.after)}</p>")
    return f"<!doctype html><html><body>{''.join(parts)}</body></html>"
