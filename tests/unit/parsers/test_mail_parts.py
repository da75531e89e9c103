"""What of an e-mail its reader sees, and what hangs on it as files."""

import io
from email.message import EmailMessage

import pytest

from ragapp.adapters.parsers import eml, eml_attachments, msg, msg_attachments
from ragapp.adapters.parsers.limits import ParseLimits
from ragapp.core.errors import DocumentTooComplex, NotFound, ParseFailed
from tests.fakes.outlook import make_msg

LIMITS = ParseLimits()
HEAD = "Subject: S\nMIME-Version: 1.0\n"
LONG = " ".join(f"word{number}" for number in range(90))


def read(source: str | bytes) -> str:
    data = source if isinstance(source, bytes) else source.encode()
    text = eml.parse(data, LIMITS).text
    assert text.startswith("S")
    return text.removeprefix("S").strip()


def parts(kind: str, *inner: str) -> str:
    """Return a container of parts, each given with its headers."""
    mark = f"b{len(''.join(inner))}"
    body = "".join(f"--{mark}\n{part}\n" for part in inner)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n{body}--{mark}--\n"


def plain(text: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}"


def page(html: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<html><body>{html}</body></html>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (parts("alternative", plain(" \n"), page("<p>Due: <b>560 EUR</b>")), "Due: 560 EUR"),
        (parts("alternative", plain("\u00a0\u200b"), page("<p>Due 560")), "Due 560"),
        (
            parts(
                "alternative",
                plain("This message needs an HTML viewer."),
                page("<p>Due: 560 EUR for the roof, by 2 March."),
            ),
            "Due: 560 EUR for the roof, by 2 March.",
        ),
        (parts("alternative", plain("See below"), page(f"<p>{LONG}")), LONG),
        (parts("alternative", plain("Due 560 EUR."), page("<p>Due <b>560</b> EUR.")), "Due 560 EUR."),
        (parts("alternative", plain(LONG), page(f"<p>{LONG} {LONG} {LONG} {LONG}")), LONG),
        (
            parts("alternative", plain(""), parts("related", page("<p>In related"), "Content-Type: image/png\n\nx")),
            "In related",
        ),
        (parts("alternative", page("<p>First"), plain("")), "First"),
    ],
)
def test_the_body_is_the_one_that_says_something(body: str, text: str) -> None:
    assert read(HEAD + body) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (parts("mixed", plain("One"), plain("Two")), "One\n\nTwo"),
        (
            parts("mixed", plain("One"), "Content-Type: image/png\n\nx", page("<p>Two")),
            "One\n\nTwo\n\nAttachment: image/png, 1 kB",
        ),
        (
            parts("mixed", plain("One"), "Content-Type: text/plain; name=a.txt\nContent-Disposition: inline\n\nTwo"),
            "One\n\nTwo",
        ),
        (parts("mixed", parts("alternative", plain("One"), page("<p>One")), page("<p>Footer")), "One\n\nFooter"),
        (parts("signed", plain("One"), "Content-Type: application/pgp-signature; name=s.asc\n\nx"), "One"),
        (parts("report", plain("One"), "Content-Type: message/delivery-status\n\nStatus: 5.1.1\n"), "One"),
    ],
)
def test_all_text_in_the_window_is_read(body: str, text: str) -> None:
    assert read(HEAD + body).startswith(text)


RFC822 = "Content-Type: message/rfc822\n\n"
FORWARDED = "From: chief@example.org\nSubject: Pump\n\nWe buy it for 2150 EUR."


@pytest.mark.parametrize(
    "forwarded",
    [
        f"Content-Type: message/rfc822\n\n{FORWARDED}",
        f"Content-Type: message/rfc822\nContent-Disposition: attachment; filename=x.eml\n\n{FORWARDED}",
        f"Content-Type: message/rfc822\n\nSubject: Outer\n{parts('mixed', RFC822 + FORWARDED)}",
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        "RnJvbTogY2hpZWZAZXhhbXBsZS5vcmcKU3ViamVjdDogUHVtcAoKV2UgYnV5IGl0IGZvciAyMTUwIEVVUi4=",
        parts("digest", "\n" + FORWARDED),
    ],
)
def test_forwarded_messages_are_read_with_their_subjects(forwarded: str) -> None:
    parsed = eml.parse((HEAD + parts("mixed", plain("See below."), forwarded)).encode(), LIMITS)
    assert parsed.text.startswith("S\n\nSee below.")
    assert parsed.text.endswith("Pump\n\nFrom: chief@example.org\n\nWe buy it for 2150 EUR.")
    assert (parsed.headings[-1].level > 1, parsed.headings[-1].title) == (True, "Pump")
    assert parsed.attachment_count == 0


EVENT = (
    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Zagreb:20260331T100000\nDTEND:20260331T100000Z\n"
    'SUMMARY:Sastanak\\, uprava\nLOCATION:Dvorana \n 2\nORGANIZER;CN="Ana K.":mailto:ana@x.hr\n'
    "ATTENDEE;PARTSTAT=ACCEPTED;CN=Ivo:mailto:ivo@x.hr\nDESCRIPTION:Dnevni red\\n1. Plan\n"
    "BEGIN:VALARM\nDESCRIPTION:bell\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"
)
SHOWN = [
    *("Event: Sastanak, uprava", "Start: 2026-03-31 10:00 (Europe/Zagreb)", "End: 2026-03-31 10:00 (UTC)"),
    *(
        "Location: Dvorana 2",
        "Organizer: Ana K. <ana@x.hr>",
        "Attendee: Ivo <ivo@x.hr>",
        "Description: Dnevni red 1. Plan",
    ),
]


@pytest.mark.parametrize(
    "body",
    [
        f"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n{EVENT}",
        parts("alternative", plain("Poziv"), f"Content-Type: text/calendar\n\n{EVENT}"),
        parts("alternative", plain("Poziv"), page("<p>Poziv"), f"Content-Type: text/calendar\n\n{EVENT}"),
        parts("mixed", plain("Poziv"), f"Content-Type: application/ics; name=invite.ics\n\n{EVENT}"),
        f"Content-Type: text/calendar\n\n{EVENT}".replace("VEVENT\nDTSTART", "VEVENT\nX-A:\nBROKEN\nDTSTART"),
    ],
)
def test_invitations_say_what_when_and_where(body: str) -> None:
    text = read(HEAD + body)
    assert text.split("\n")[-len(SHOWN) :] == SHOWN
    assert "bell" not in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_a_message_saved_in_another_encoding_is_read(encoding: str) -> None:
    source = f"{HEAD}Content-Type: text/plain; charset=iso-8859-2\nContent-Transfer-Encoding: 8bit\n\nČaj je žut."
    data = source.encode(encoding)
    assert eml.parse(data, LIMITS).text.startswith("S\n")
    if encoding != "utf-8-sig":
        assert read(data) == "Čaj je žut."


def attached(name: str, content: str = "x", kind: str = "application/pdf") -> str:
    return f"Content-Type: {kind}\nContent-Disposition: attachment; {name}\n\n{content}"


@pytest.mark.parametrize(
    ("stated", "name"),
    [
        ("filename=ponuda.pdf", "ponuda.pdf"),
        ("filename*=utf-8''ra%C4%8Dun%20%C5%A1.pdf", "račun š.pdf"),
        ("filename*0*=utf-8''ra%C4%8D; filename*1=un.pdf", "račun.pdf"),
        ('filename="=?utf-8?B?cmHEjXVuLnBkZg==?="', "račun.pdf"),
        ('filename="=?iso-8859-2?Q?ra=E8un=2Epdf?="', "račun.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\tmp\\\\a.pdf"', "a.pdf"),
        ("filename=", "attachment-1.pdf"),
        ("filename*=nonsense''a%FF.pdf", None),
    ],
)
def test_names_of_attachments_are_decoded_and_plain(stated: str, name: str | None) -> None:
    data = (HEAD + parts("mixed", plain("t"), attached(stated))).encode()
    (member,) = eml_attachments.list_members(io.BytesIO(data), LIMITS)
    assert member.name == name or (name is None and member.name.endswith(".pdf"))
    assert member.problem == ""


def test_a_name_in_raw_bytes_is_read_in_the_encoding_it_seems_to_have() -> None:
    data = (
        (HEAD + parts("mixed", plain("t"), attached('filename="PLACE"')))
        .encode()
        .replace(b"PLACE", b"\x9auma \xe8.pdf")
    )
    (member,) = eml_attachments.list_members(io.BytesIO(data), LIMITS)
    assert member.name == "šuma č.pdf"


def test_files_of_a_message_and_of_those_it_forwards_are_taken_out() -> None:
    inner = f"Content-Type: message/rfc822\n\nSubject: F\n{parts('mixed', plain('t'), attached('filename=in.pdf', 'inner'))}"  # noqa: E501
    related = parts("related", page("<p>x"), "Content-Type: image/png; name=logo.png\nContent-ID: <a>\n\nlogo")
    data = (HEAD + parts("mixed", related, attached("filename=a.pdf", "first"), inner)).encode()
    members = eml_attachments.list_members(io.BytesIO(data), LIMITS)
    assert [(member.number, member.name, member.size_bytes) for member in members] == [
        (0, "a.pdf", 5),
        (1, "in.pdf", 5),
    ]
    taken = [b"".join(eml_attachments.open_member(io.BytesIO(data), LIMITS, number)) for number in (0, 1)]
    assert taken == [b"first", b"inner"]
    assert eml.parse(data, LIMITS).attachment_count == 2
    with pytest.raises(NotFound):
        list(eml_attachments.open_member(io.BytesIO(data), LIMITS, 2))


def test_attachments_have_limits() -> None:
    data = (HEAD + parts("mixed", *(attached(f"filename={n}.pdf", "x" * 100) for n in range(3)))).encode()
    for limits in (ParseLimits(archive_entry_count=2), ParseLimits(archive_total_bytes=250)):
        with pytest.raises(DocumentTooComplex):
            eml_attachments.list_members(io.BytesIO(data), limits)
    small = ParseLimits(archive_entry_bytes=50)
    assert {member.problem for member in eml_attachments.list_members(io.BytesIO(data), small)} == {
        "document_too_complex"
    }
    with pytest.raises(DocumentTooComplex):
        list(eml_attachments.open_member(io.BytesIO(data), small, 0))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (
            make_msg(subject="Š", sender="ana@x.hr", to="b@x.hr", body="Čaj.\r\nKraj"),
            "Š\n\nFrom: <ana@x.hr>\nTo: b@x.hr\n\nČaj.\nKraj",
        ),
        (make_msg(subject="S", body=" ", html=b"<p>Due <b>560 EUR</b>"), "S\n\nDue 560 EUR"),
        (make_msg(subject="S", html='<meta charset="windows-1250"><p>Čaj'.encode("cp1250")), "S\n\nČaj"),
        (make_msg(subject="S", body="Due 560", html=b"<p>Due <b>560</b>"), "S\n\nDue 560"),
        (
            make_msg(subject="S", headers="From: A <a@x.hr>\r\nCc: c@x.hr\r\nDate: Tue, 31 Mar 2026\r\n\r\n", body="t"),
            "S\n\nFrom: A <a@x.hr>\nCc: c@x.hr\nDate: Tue, 31 Mar 2026\n\nt",
        ),
        (
            make_msg(subject="S", body="t", attachments=[("a.pdf", b"x" * 5000, "")]),
            "S\n\nt\n\nAttachment: a.pdf (application/octet-stream, 5 kB)",
        ),
    ],
)
def test_outlook_messages_are_read_like_others(message: bytes, text: str) -> None:
    assert msg.parse(message, LIMITS).text == text


def test_files_of_an_outlook_message_are_taken_out() -> None:
    page_with_logo = b'<p>x<img src="cid:logo">'
    held = [("a\\b.pdf", b"x" * 5000, ""), ("logo.png", b"l", "logo"), ("", b"y", "")]
    data = make_msg(subject="S", html=page_with_logo, attachments=held)
    members = msg_attachments.list_members(io.BytesIO(data), LIMITS)
    assert [(member.name, member.size_bytes) for member in members] == [("b.pdf", 5000), ("attachment-2", 1)]
    assert b"".join(msg_attachments.open_member(io.BytesIO(data), LIMITS, 0)) == b"x" * 5000
    assert msg.parse(data, LIMITS).attachment_count == 2
    with pytest.raises(NotFound):
        list(msg_attachments.open_member(io.BytesIO(data), LIMITS, 2))


def test_a_damaged_outlook_message_is_said_to_be_damaged() -> None:
    data = make_msg(subject="S", body="t" * 9000)
    for broken in (data[:600], data[:100], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)):
        with pytest.raises(ParseFailed):
            msg.parse(broken, LIMITS)


def test_messages_nested_without_end_are_read_as_far_as_anybody_looks() -> None:
    message = EmailMessage()
    message["Subject"] = "innermost"
    message.set_content("deep")
    for _ in range(60):
        outer = EmailMessage()
        outer["Subject"] = "S"
        outer.add_attachment(message)
        message = outer
    assert eml.parse(message.as_bytes(), LIMITS).text.startswith("S")
