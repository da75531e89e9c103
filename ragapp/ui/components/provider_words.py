"""What is wrong with a sign-in service, in plain words."""

from typing import Any

import reflex as rx

from ragapp.ui.i18n import t


def problem_text(problem: rx.Var[str]) -> Any:
    """Return what to do about a problem that a test found."""
    return rx.match(
        problem,
        ("usable", t("It answers and can be used.")),
        ("address", t("This is no address. Copy the issuer's address from the service's own pages.")),
        (
            "address_refused",
            t("This address leads into a private network. The operator of this installation has to allow it first."),
        ),
        ("unreachable", t("It does not answer in time. Check the address, and whether the service runs.")),
        ("no_discovery", t("It answers, but does not describe itself there. Check the address for missing parts.")),
        (
            "other_issuer",
            t("It calls itself by another address. Use exactly the one it names as issuer, to the last slash."),
        ),
        ("incomplete", t("It describes itself only in part. It may not be an OpenID Connect service.")),
        ("no_code_flow", t("It does not allow the authorization code flow. Turn it on in the service.")),
        ("no_pkce", t("It does not allow PKCE with S256. Turn it on in the service.")),
        (
            "no_client_authentication",
            t("It does not take a client secret. Register this application there as a confidential client."),
        ),
        ("no_signature", t("It signs in a way that is not accepted. Choose RS256 or ES256 in the service.")),
        ("no_keys", t("Its keys cannot be read. Check whether the service works for other applications.")),
        "",
    )
