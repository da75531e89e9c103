import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from ragapp.adapters.file_mailer import FileMailer
from ragapp.adapters.smtp_mailer import SmtpMailer, SmtpServer
from ragapp.core.errors import MailUnavailable
from ragapp.core.ports import Mail
from tests.fakes.certificates import certified
from tests.fakes.connections import serving

SENDER = "ragapp <noreply@lipa.hr>"
MAIL = Mail("ivo@primjer.hr", "Pozvani ste: šuma, đak, žaba", "Bok, Čedo!\n\nhttps://a.hr/?t=1\n", "<p>Bok</p>")


class Mailbox:
    """A real SMTP server's handler that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        if self.answer.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def serve(mailbox: Mailbox, **options: Any) -> Iterator[SmtpServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SmtpServer("127.0.0.1", port, "none", timeout_s=5)
    finally:
        controller.stop()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[SmtpServer]:
    yield from serve(mailbox)


async def test_a_message_arrives_with_text_and_html_in_every_letter(server: SmtpServer, mailbox: Mailbox) -> None:
    await SmtpMailer(server, SENDER).send(MAIL)
    ((sender, recipients, content),) = mailbox.taken
    message = message_from_bytes(content, policy=policy.default)
    assert (sender, recipients) == ("noreply@lipa.hr", [MAIL.recipient])
    assert (message["Subject"], message["From"]) == (MAIL.subject, SENDER)
    body, html = message.get_body(("plain",)), message.get_body(("html",))
    assert body is not None and html is not None
    assert body.get_content().replace("\r\n", "\n") == MAIL.text
    assert html.get_content().strip() == MAIL.html


@pytest.mark.parametrize("password", ["right", "wrong"])
async def test_encryption_and_sign_in_come_before_the_message(
    mailbox: Mailbox, tmp_path: Path, password: str
) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    proves, believes = certified(tmp_path, "localhost")
    options = {"tls_context": proves, "require_starttls": True, "auth_required": True, "authenticator": check}
    for found in serve(mailbox, **options):
        server = replace(
            found, host="localhost", security="starttls", username="app", password=password, certificates=believes
        )
        if password == "right":
            await SmtpMailer(server, SENDER).send(MAIL)
        else:
            with pytest.raises(MailUnavailable):
                await SmtpMailer(server, SENDER).send(MAIL)
    assert len(mailbox.taken) == (password == "right")


async def test_a_certificate_nobody_vouches_for_is_refused(mailbox: Mailbox, tmp_path: Path) -> None:
    proves, _ = certified(tmp_path, "localhost")
    for found in serve(mailbox, tls_context=proves, require_starttls=True):
        with pytest.raises(MailUnavailable):
            await SmtpMailer(replace(found, host="localhost", security="starttls"), SENDER).send(MAIL)
    assert mailbox.taken == []


@pytest.mark.parametrize("answer", ["451 Try again later", "550 No such person", "421 Closing"])
async def test_a_refusal_is_told_as_such(server: SmtpServer, mailbox: Mailbox, answer: str) -> None:
    mailbox.answer = answer
    with pytest.raises(MailUnavailable):
        await SmtpMailer(server, SENDER).send(MAIL)


async def test_a_server_that_is_not_there_is_told_as_such(server: SmtpServer, unused_tcp_port: int) -> None:
    with pytest.raises(MailUnavailable):
        await SmtpMailer(replace(server, port=unused_tcp_port), SENDER).send(MAIL)


async def test_a_silent_server_is_not_waited_for() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(say_nothing) as port:
        with pytest.raises(MailUnavailable):
            await SmtpMailer(SmtpServer("127.0.0.1", port, "none", timeout_s=0.2), SENDER).send(MAIL)


# The test's server leaves its half of a TLS greeting it cannot read to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_server_without_encryption_is_refused_where_it_is_wanted(
    server: SmtpServer, mailbox: Mailbox
) -> None:
    for security in ("starttls", "tls"):
        with pytest.raises(MailUnavailable):
            await SmtpMailer(replace(server, security=security), SENDER).send(MAIL)
    assert mailbox.taken == []


@pytest.mark.parametrize("header", ["a@b.hr\nBcc: evil@example.com", "a@b.hr\r\nSubject: x"])
async def test_an_address_cannot_smuggle_headers(server: SmtpServer, mailbox: Mailbox, header: str) -> None:
    with pytest.raises(MailUnavailable):
        await SmtpMailer(server, SENDER).send(replace(MAIL, recipient=header))
    assert mailbox.taken == []


async def test_without_a_server_mail_is_a_file_for_the_operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await FileMailer(tmp_path / "mail", SENDER).send(MAIL)
    (path,) = (tmp_path / "mail").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["To"] == MAIL.recipient
    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)
    assert str(path) in capsys.readouterr().out
