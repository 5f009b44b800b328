"""What each kind of fact is called on a timeline, in the reader's language."""

from django.utils.translation import gettext as _


def _page(properties: dict) -> str:
    return str(properties.get("title") or properties.get("name") or properties.get("path") or properties.get("url", ""))


TITLES = {
    "message.received": lambda p: p.get("preview") or _("Wrote to us"),
    "message.queued": lambda p: p.get("preview") or _("We wrote"),
    "message.state": lambda p: _("Message: %(state)s") % {"state": p.get("state", "")},
    "conversation.opened": lambda p: _("Conversation opened"),
    "conversation.closed": lambda p: _("Conversation closed"),
    "conversation.reopened": lambda p: _("Conversation opened again"),
    "conversation.assigned": lambda p: _("Conversation assigned to %(name)s") % {"name": p.get("assignee") or "–"},
    "conversation.snoozed": lambda p: _("Conversation put aside"),
    "conversation.woken": lambda p: _("Conversation came back"),
    "conversation.prioritised": lambda p: _("Priority of the conversation changed"),
    "conversation.restored": lambda p: _("A change to the conversation was taken back"),
    "conversation.merged": lambda p: _("Two conversations became one"),
    "conversation.separated": lambda p: _("Conversation separated"),
    "message.withdrawn": lambda p: _("An answer was taken back before it left"),
    "commitment.made": lambda p: _("Promised: %(text)s") % {"text": p.get("text", "")},
    "commitment.kept": lambda p: _("Promise kept: %(text)s") % {"text": p.get("text", "")},
    "commitment.cancelled": lambda p: _("Promise called off: %(text)s") % {"text": p.get("text", "")},
    "commitment.moved": lambda p: _("Promise moved: %(text)s") % {"text": p.get("text", "")},
    "commitment.due": lambda p: _("Promise due soon: %(text)s") % {"text": p.get("text", "")},
    "commitment.missed": lambda p: _("Promise missed: %(text)s") % {"text": p.get("text", "")},
    "note.written": lambda p: _("Note by %(name)s") % {"name": p.get("by") or "–"},
    "continuation.made": lambda p: _("A way to go on elsewhere was made"),
    "continuation.used": lambda p: _("Goes on elsewhere"),
    "continuation.wished": lambda p: (
        _("Asked to be answered by SMS") if p.get("channel") == "sms" else _("Asked to be answered by e-mail")
    ),
    "continuation.proved": lambda p: _("Proved an address with a code"),
    "customer.linked": lambda p: _("Two records became one customer"),
    "customer.unlinked": lambda p: _("Two customers were separated"),
    "customer.written": lambda p: _("Written down by %(name)s") % {"name": p.get("by") or "–"},
    "customer.edited": lambda p: _("%(name)s changed what is known") % {"name": p.get("by") or "–"},
    "consent.stop": lambda p: _("Asked not to be written to"),
    "consent.start": lambda p: _("May be written to again"),
    "consent.complaint": lambda p: _("Reported a message as unwanted"),
    "chat.session": lambda p: _("Opened the chat"),
    "segment.entered": lambda p: _("Came into the segment “%(segment)s”") % {"segment": p.get("name", "")},
    "segment.left": lambda p: _("Left the segment “%(segment)s”") % {"segment": p.get("name", "")},
    "Page Viewed": lambda p: _("Looked at %(page)s") % {"page": _page(p)},
    "Screen Viewed": lambda p: _("Looked at %(page)s") % {"page": _page(p)},
    "Person Identified": lambda p: _("Said who she is on the site"),
    "Group Joined": lambda p: _("Belongs to %(group)s") % {"group": p.get("name") or p.get("group_id", "")},
    "company.joined": lambda p: (
        _("Belongs to %(company)s: %(role)s") % {"company": p.get("name", ""), "role": p["role"]}
        if p.get("role")
        else _("Belongs to %(group)s") % {"group": p.get("name", "")}
    ),
    "company.left": lambda p: _("Left %(company)s") % {"company": p.get("name", "")},
    "Account Named": lambda p: _("Said who she is on the site"),
    "Tracking Accepted": lambda p: _("Accepted that her visits are remembered"),
    "File Downloaded": lambda p: _("Downloaded %(file)s") % {"file": p.get("file", "")},
    "Form Submitted": lambda p: _("Sent the form “%(form)s”") % {"form": p.get("form", "")},
    "page.viewed": lambda p: _("Looked at %(page)s") % {"page": p.get("title") or p.get("url", "")},
    "article.read": lambda p: _("Read “%(title)s”") % {"title": p.get("title", "")},
    "order.completed": lambda p: _("Order %(number)s") % {"number": p.get("number", "")},
    "shop.visited": lambda p: _("Visited %(shop)s") % {"shop": p.get("shop", "")},
}
