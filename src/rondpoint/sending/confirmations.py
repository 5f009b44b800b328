"""The mails that ask to confirm an agreement, sent like everything else: through the gate."""

from rondpoint.channels import connections
from rondpoint.channels.contract import Address, MessageOut
from rondpoint.consent.types import Mail
from rondpoint.lib import ids
from rondpoint.sending import actions
from rondpoint.sending.types import OPT_IN_CONFIRMATION, Request


def send(mails: list[Mail]) -> None:
    """Asks the gate for each, inside the ``write()`` of what is to be confirmed. Without an e-mail connection nothing
    can leave: the agreement stays pending, and ends."""
    connection = connections.first("email", None)
    if connection is None or not mails:
        return
    actions.submit([_request(mail, connection.id) for mail in mails], mails[0].at)


def _request(mail: Mail, connection_id: int) -> Request:
    to = Address("email", mail.address)
    message = MessageOut(
        id=str(ids.uuid7()), to=to, text=mail.text, subject=mail.subject, purpose=OPT_IN_CONFIRMATION,
        language=mail.language, at=mail.at, automated=True,
    )  # fmt: skip
    return Request(mail.profile_id, "email", connection_id, to, OPT_IN_CONFIRMATION, message, mail.key)
