from email.message import EmailMessage

import pytest

from ragapp.adapters.parsers import eml
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import ParseFailed

LIMITS = ParseLimits()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Ponuda za čišćenje"
    message["From"] = "Đuro Žgela <djuro@example.hr>"
    message["To"] = "ana@example.hr"
    message["Date"] = "Tue, 31 Mar 2026 10:00:00 +0200"
    return message


HEAD = (
    "Ponuda za čišćenje\n\nFrom: Đuro Žgela <djuro@example.hr>\nTo: ana@example.hr\n"
    "Date: Tue, 31 Mar 2026 10:00:00 +0200"
)


def test_headers_text_and_the_names_of_attachments_are_read() -> None:
    message = letter()
    message.set_content("Poštovana,\n\nšaljem ponudu.\n", charset="iso-8859-2", cte="quoted-printable")
    message.add_alternative("<p>ovo ne</p>", subtype="html")
    message.add_attachment(b"x" * 1500, maintype="application", subtype="pdf", filename="ponuda š.pdf")
    parsed = eml.parse(message.as_bytes(), LIMITS)
    assert parsed.text == (
        f"{HEAD}\n\nPoštovana,\n\nšaljem ponudu.\n\nAttachment: ponuda š.pdf (application/pdf, 2 kB)"
    )
    assert parsed.attachment_count == 1
    assert parsed.title == "Ponuda za čišćenje"


def test_a_message_of_html_only_is_read_as_a_page() -> None:
    message = letter()
    message.set_content("<h2>Cijene</h2><table><tr><td>žir</td><td>5 €</td></tr></table>", subtype="html")
    parsed = eml.parse(message.as_bytes(), LIMITS)
    assert parsed.text == f"{HEAD}\n\nCijene\n\nžir | 5 €"


@pytest.mark.parametrize("charset", ["windows-1250", "nema-toga"])
def test_the_text_is_read_in_the_encoding_it_declares_or_has(charset: str) -> None:
    raw = f"Subject: x\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\nŽuti đak, čaša."
    assert eml.parse(raw.encode("cp1250"), LIMITS).text == "x\n\nŽuti đak, čaša."


def test_headers_in_no_encoding_are_still_text() -> None:
    parsed = eml.parse(b"Subject: \xe8aj \xff\nFrom: a@example.hr\n\ntext", LIMITS)
    assert parsed.text.encode().endswith(b"From: a@example.hr\n\ntext")


@pytest.mark.parametrize("sloppy", ['"', "undisclosed-recipients:;<", "=?utf-8?q?=C4=8D?=@", ".:(", ""])
def test_sloppy_addresses_do_not_cost_the_text(sloppy: str) -> None:
    assert eml.parse(f"Subject: x\nTo: {sloppy}\n\ntext".encode(), LIMITS).text.endswith("\n\ntext")


def test_a_message_cut_inside_an_attachment_keeps_its_text() -> None:
    message = letter()
    message.set_content("Tekst ostaje.")
    message.add_attachment(b"x" * 5000, maintype="application", subtype="zip", filename="a.zip")
    data = message.as_bytes()
    assert "Tekst ostaje." in eml.parse(data[: len(data) // 2], LIMITS).text


def test_what_has_no_headers_is_no_message() -> None:
    with pytest.raises(ParseFailed):
        eml.parse(b"Samo tekst.", LIMITS)
