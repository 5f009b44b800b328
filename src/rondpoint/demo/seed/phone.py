"""What the demo phone already holds: its owner's past mail and SMS."""

from rondpoint.channels import connections
from rondpoint.channels.email.identity import reply_address
from rondpoint.conversations.actions.codes import reply_key
from rondpoint.conversations.rules import tokens
from rondpoint.demo.models import PhoneItem
from rondpoint.demo.person import AWA
from rondpoint.demo.seed import story
from rondpoint.demo.seed.company import MAIL, NUMBER, House


def items(house: House, tales: list[story.Tale]) -> list[PhoneItem]:
    """One for each mail and SMS of the phone's owner, oldest first."""
    lines = [line for tale in tales if tale.actor.customer.known_as is AWA for line in tale.lines]
    mailbox = connections.info(house.email)
    rows = []
    for line in sorted(lines, key=lambda line: line.at):
        if line.channel == "chat":
            continue
        mail = line.channel == "email"
        token = tokens.reply_token(reply_key(), line.tale.row.id)
        domain = (AWA.email if line.theirs else MAIL).partition("@")[2]
        rows.append(
            PhoneItem(
                app="mail" if mail else "sms",
                direction="out" if line.theirs else "in",
                owner=AWA.email if mail else AWA.phone,
                peer=MAIL if mail else NUMBER.replace(" ", ""),
                peer_name="Maison Hirondelle" if line.theirs else f"{line.agent.name}, Maison Hirondelle",
                reply_to=reply_address(mailbox, token) if mail and not line.theirs else "",
                subject=line.tale.subject if mail else "",
                text=line.text,
                external_id=f"{line.public_id}@{domain}" if mail else f"SM{line.public_id.hex}",
                at=line.at,
            )
        )
    return rows
