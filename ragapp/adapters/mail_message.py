"""A message in the form in which mail travels."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

from ragapp.core.ports import Mail


def build_message(mail: Mail, sender: str) -> EmailMessage:
    """Return the message with its plain text and the same as HTML. A line break in an address is refused."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
