"""What each kind of fact is called on a timeline, in the reader's language."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from rondpoint.ui import times

# What the parts of the house that tell facts are called in the catalogue.
SOURCES = {
    "staff": lambda: _("a colleague"),
    "api": lambda: _("API"),
    "demo": lambda: _("the demo"),
    **dict.fromkeys(
        ("conversations", "customers", "sending", "segments", "consent"), lambda: "Rondpoint"
    ),
}


def named(name: Callable[[], str]) -> Callable[[list[str]], dict[str, str]]:
    """The same name for whatever sources are asked about."""
    return lambda sources: {source: name() for source in sources}


_STATES = {
    "sent": lambda: _("The message left"),
    "delivered": lambda: _("The message was delivered"),
    "read": lambda: _("The message was read"),
    "failed": lambda: _("The message could not be delivered"),
    "unknown": lambda: _("Nobody can say whether the message left"),
    "cancelled": lambda: _("The message was taken back"),
}
AMOUNTS = ("total", "revenue", "value", "price")  # as Segment's specification names what something costs


def _state(properties: dict) -> str:
    state = str(properties.get("state", ""))
    return _STATES[state]() if state in _STATES else _("Message: %(state)s") % {"state": state}


def _opened(properties: dict) -> str:
    return _("A machine opened the message") if properties.get("machine") else _("Opened the message")


def _clicked(properties: dict) -> str:
    said = {"link": properties.get("url") or "–"}
    if properties.get("machine"):
        return _("A machine followed the link %(link)s") % said
    return _("Followed the link %(link)s") % said


def _with_amount(text: str, properties: dict) -> str:
    """What was done, with what it costs: in whole units of its currency, as Segment's specification has it."""
    costs = [properties.get(name) for name in AMOUNTS]
    amount = next((each for each in costs if isinstance(each, int | float) and not isinstance(each, bool)), None)
    if amount is None:
        return text
    return f"{text} · {times.money(amount, str(properties.get('currency') or ''))}".rstrip()


def _order(sentence: Callable[[], str]) -> Callable[[dict], str]:
    def title(properties: dict) -> str:
        number = properties.get("order_id") or properties.get("checkout_id") or ""
        return _with_amount((sentence() % {"number": number}).strip(), properties)

    return title


def _product(sentence: Callable[[], str]) -> Callable[[dict], str]:
    def title(properties: dict) -> str:
        named = properties.get("name") or properties.get("sku") or properties.get("product_id") or "–"
        return _with_amount(sentence() % {"product": named}, properties)

    return title


def _place(properties: dict) -> str:
    return str(next((properties[name] for name in ("store", "shop", "name", "city") if properties.get(name)), "–"))


def _call(sentence: Callable[[], str]) -> Callable[[dict], str]:
    def title(properties: dict) -> str:
        seconds = properties.get("duration")
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0:
            return f"{sentence()} · {int(seconds) // 60}:{int(seconds) % 60:02d}"
        return sentence()

    return title


def _page(properties: dict) -> str:
    return str(properties.get("title") or properties.get("name") or properties.get("path") or properties.get("url", ""))


TITLES = {
    "message.received": lambda p: p.get("preview") or _("Wrote to us"),
    "message.queued": lambda p: p.get("preview") or _("We wrote"),
    "message.state": _state,
    "message.opened": _opened,
    "message.clicked": _clicked,
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
    "consent.granted": lambda p: _("Agreed: %(purpose)s") % {"purpose": p.get("purpose", "")},
    "consent.confirmed": lambda p: _("Confirmed: %(purpose)s") % {"purpose": p.get("purpose", "")},
    "consent.pending": lambda p: _("Asked to confirm: %(purpose)s") % {"purpose": p.get("purpose", "")},
    "consent.withdrawn": lambda p: _("Withdrew her agreement: %(purpose)s") % {
        "purpose": p.get("purpose") or _("everything")
    },
    "consent.objected": lambda p: _("Objected: %(purpose)s") % {"purpose": p.get("purpose") or _("everything")},
    "consent.preferred": lambda p: _("Chose how she wants to be written to"),
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
    "Products Searched": lambda p: _("Looked for “%(words)s”") % {"words": p.get("query", "")},
    "Product List Viewed": lambda p: (
        _("Looked at %(page)s") % {"page": p.get("category") or p.get("list_id") or "–"}
    ),
    "Product Viewed": _product(lambda: _("Looked at %(product)s")),
    "Product Added": _product(lambda: _("Put %(product)s into the cart")),
    "Product Removed": _product(lambda: _("Took %(product)s out of the cart")),
    "Product Added to Wishlist": _product(lambda: _("Wishes for %(product)s")),
    "Product Reviewed": _product(lambda: _("Reviewed %(product)s")),
    "Cart Viewed": _order(lambda: _("Looked at the cart")),
    "Coupon Applied": lambda p: (
        _("Used the coupon %(coupon)s") % {"coupon": p.get("coupon_name") or p.get("coupon_id") or "–"}
    ),
    "Checkout Started": _order(lambda: _("Began to check out")),
    "Payment Info Entered": lambda p: _("Chose how to pay"),
    "Order Completed": _order(lambda: _("Order %(number)s")),
    "Order Updated": _order(lambda: _("Order %(number)s was changed")),
    "Order Refunded": _order(lambda: _("Order %(number)s was refunded")),
    "Order Cancelled": _order(lambda: _("Order %(number)s was called off")),
    "Article Read": lambda p: _("Read “%(title)s”") % {"title": p.get("title") or p.get("name", "")},
    "Store Visited": lambda p: _("Visited %(shop)s") % {"shop": _place(p)},
    "Call Started": _call(lambda: _("Telephoned")),
    "Call Completed": _call(lambda: _("Telephoned")),
    "Call Missed": _call(lambda: _("Telephoned and reached nobody")),
    "page.viewed": lambda p: _("Looked at %(page)s") % {"page": p.get("title") or p.get("url", "")},
    "article.read": lambda p: _("Read “%(title)s”") % {"title": p.get("title", "")},
    "order.completed": lambda p: _("Order %(number)s") % {"number": p.get("number", "")},
    "shop.visited": lambda p: _("Visited %(shop)s") % {"shop": p.get("shop", "")},
}
