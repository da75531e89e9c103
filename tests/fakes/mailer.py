"""Mail that arrives at once, in memory."""

import re

from ragapp.core.errors import MailUnavailable
from ragapp.core.ports import Mail


class MemoryMailer:
    """Implements `core.ports.Mailer`; refuses while `is_down`."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.is_down = False

    async def send(self, mail: Mail) -> None:
        if self.is_down:
            raise MailUnavailable
        self.sent.append(mail)

    def link_for(self, recipient: str) -> str:
        """Return the link in the last message to somebody."""
        text = next(mail.text for mail in reversed(self.sent) if mail.recipient == recipient)
        found = re.search(r"https?://\S+", text)
        assert found is not None
        return found.group()
