"""Where the rooms are joined: what a lower room needs from a higher one is registered here, once, at the start."""

from django.conf import settings
from django.utils.translation import gettext as _

from rondpoint.channels import contract, handlers
from rondpoint.channels.email import outbox
from rondpoint.conversations.actions import follow, hear_consent, receive
from rondpoint.conversations.queries.live import place
from rondpoint.customers import actions as customers
from rondpoint.events import live, titles
from rondpoint.files import queries as files
from rondpoint.sending import receipts

TITLES = {
    "message.received": lambda p: p.get("preview") or _("Wrote to us"),
    "message.queued": lambda p: p.get("preview") or _("We wrote"),
    "message.state": lambda p: _("Message: %(state)s") % {"state": p.get("state", "")},
    "conversation.opened": lambda p: _("Conversation opened"),
    "conversation.closed": lambda p: _("Conversation closed"),
    "conversation.reopened": lambda p: _("Conversation opened again"),
    "conversation.assigned": lambda p: _("Conversation assigned to %(name)s") % {"name": p.get("assignee") or "–"},
    "conversation.merged": lambda p: _("Two conversations became one"),
    "conversation.separated": lambda p: _("Conversation separated"),
    "continuation.made": lambda p: _("A way to go on elsewhere was made"),
    "continuation.used": lambda p: _("Goes on elsewhere"),
    "continuation.proved": lambda p: _("Proved an address with a code"),
    "customer.linked": lambda p: _("Two records became one customer"),
    "customer.unlinked": lambda p: _("Two customers were separated"),
    "consent.stop": lambda p: _("Asked not to be written to"),
    "consent.start": lambda p: _("May be written to again"),
    "consent.complaint": lambda p: _("Reported a message as unwanted"),
    "chat.session": lambda p: _("Opened the chat"),
    "page.viewed": lambda p: _("Looked at %(page)s") % {"page": p.get("title") or p.get("url", "")},
    "article.read": lambda p: _("Read “%(title)s”") % {"title": p.get("title", "")},
    "order.completed": lambda p: _("Order %(number)s") % {"number": p.get("number", "")},
    "shop.visited": lambda p: _("Visited %(shop)s") % {"shop": p.get("shop", "")},
}


def join_rooms() -> None:
    """Registers handlers, followers and titles. Doing it twice changes nothing."""
    outbox.configure(settings.RONDPOINT_HOME / "outbox", files.read)
    handlers.register(contract.MessageIn, receive)
    handlers.register(contract.Consent, hear_consent)
    handlers.register(contract.Receipt, receipts.hear)
    customers.on_change(follow.follow)
    live.enrich("message.state", place)
    for type_, title in TITLES.items():
        titles.register(type_, title)
