"""Mail where no mail server is set: a file per message, and a line on the console that says where."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

from ragapp.adapters.mail_message import build_message
from ragapp.core.errors import MailUnavailable
from ragapp.core.ports import Mail


class FileMailer:
    """Implements `core.ports.Mailer`: writes `.eml` files for the operator, who is the only one to read the folder."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write one message; see the port."""
        try:
            path = await asyncio.to_thread(self._write, mail)
        except OSError as error:
            raise MailUnavailable from error
        sys.stdout.write(f"Mail for {mail.recipient}: {path}\n")
        sys.stdout.flush()

    def _write(self, mail: Mail) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        message = build_message(mail, self._sender)
        path = self._folder / f"{secrets.token_hex(8)}.eml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message.as_bytes())
        return path
