"""What waits for somebody to say whether two customers are one person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from rondpoint.accounts.decorators import require
from rondpoint.conversations.desk.customer import answered, links
from rondpoint.customers import queries
from rondpoint.ui import paging
from rondpoint.ui.problems import Problem

SHOWN = 50


@require_GET
@require("link")
def review(request: HttpRequest) -> HttpResponse:
    """The pairs, the newest first; above them what was just answered, with the way to take it back."""
    try:
        after = paging.pair(request.GET.get("after"))
    except Problem:
        after = None
    rows = queries.reviews(SHOWN + 1, after)
    shown, of = rows[:SHOWN], queries.resolve(request.GET.get("of", ""))
    last = shown[-1].link if len(rows) > SHOWN else None
    context = {
        "rows": [
            {"pair": row, "why": why, "alike": links.alike(row.link), "conflict": _conflict(row)}
            for row, why in zip(shown, queries.explanations([row.link for row in shown]), strict=True)
        ],
        "more": paging.cursor(last.suggested or 0, last.id) if last else "",
        "may_link": True,
        **(answered.read(request.GET, of) if of else {}),
    }
    return render(request, "desk/customer/review.html", context)


def _conflict(row: queries.Review) -> str:
    """What keeps even good evidence from joining them."""
    told = [_COUNTED[kind](number) % {"n": number} for kind, number in row.too_many.items()]
    return _("together they would have %(what)s") % {"what": ", ".join(told)} if told else ""


# Each kind that one person has only so many of (``customers.rules.identity.LIMITS``).
_COUNTED = {
    "account": lambda n: ngettext("%(n)s account number", "%(n)s account numbers", n),
    "email": lambda n: ngettext("%(n)s e-mail address", "%(n)s e-mail addresses", n),
    "phone": lambda n: ngettext("%(n)s telephone number", "%(n)s telephone numbers", n),
}
