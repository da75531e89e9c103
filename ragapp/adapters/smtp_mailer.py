"""Mail through an SMTP server (aiosmtplib)."""

import ssl
from dataclasses import dataclass
from email.utils import parseaddr

import aiosmtplib

from ragapp.adapters.mail_message import build_message
from ragapp.core.errors import MailUnavailable
from ragapp.core.ports import Mail


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the server is and how to talk to it.

    `security`: "starttls" (begin in the clear, then encrypt, or refuse), "tls" (encrypted from the start), "none".
    """

    host: str
    port: int
    security: str
    username: str = ""
    password: str = ""
    timeout_s: float = 20.0
    certificates: ssl.SSLContext | None = None
    """What a server's certificate is checked against, None for what this machine trusts."""


class SmtpMailer:
    """Implements `core.ports.Mailer`: one connection per message, with a time limit on each step."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Deliver one message; see the port."""
        server = self._server
        try:
            await aiosmtplib.send(
                build_message(mail, self._sender),
                sender=parseaddr(self._sender)[1],
                recipients=[mail.recipient],
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                tls_context=server.certificates,
                timeout=server.timeout_s,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailUnavailable(details={"reason": type(error).__name__}) from error
