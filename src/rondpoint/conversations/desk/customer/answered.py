"""What was just done to a customer, said on her page with the way to take it back. The address carries it, so that
nothing has to be kept."""

from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from msgspec import Struct

from rondpoint.customers import queries
from rondpoint.customers.models import Customer


class Done(Struct, frozen=True):
    """A sentence; ``undo``: where to post to take it back, with ``at``; ``also``: another customer it concerns."""

    text: str
    undo: str = ""
    at: str = ""
    also: Customer | None = None


def address(customer: Customer, done: str, **said: object) -> str:
    """Where to go after something was done."""
    return f"/customers/{customer.public_id}?{urlencode({'done': done, **said})}"


def review_address(customer: Customer, done: str, **said: object) -> str:
    """Where to go after a question that waited for review was answered."""
    return f"/review?{urlencode({'of': customer.public_id, 'done': done, **said})}"


def read(query: QueryDict, customer: Customer) -> dict:
    """What the page says was done, if the address still makes sense."""
    other, own = queries.resolve(query.get("other", "")), f"/customers/{customer.public_id}"
    done = None
    match query.get("done"):
        case "saved":
            done = Done(_("Saved."))
        case "agreed":
            done = Done(_("Written down: it holds from now on."))
        case "unproved":
            done = Done(_("Nothing was written down: a yes needs how she gave it, in at least five letters."))
        case "written":
            done = Done(_("The customer is written down."))
        case "joined":
            link = next((row for row in queries.links(customer.id) if str(row.public_id) == query.get("link")), None)
            if link:
                done = Done(_("The two records are one customer now."), f"{own}/links/{link.public_id}")
        case "separated" if other and other.id != customer.id:
            done = Done(_("They are two customers again."), also=other)
        case "apart" if other and other.id in queries.kept_apart(customer.id):
            at = query.get("at", "")
            text = _("Noted: they are two people. This will not be suggested again.")
            undo = f"{own}/compare/{other.public_id}/removal"
            done = Done(text, undo if at == str(queries.kept_apart(customer.id)[other.id]) else "", at, other)
        case "unsaid" if other and other.id != customer.id:
            done = Done(_("The answer was taken back."), also=other)
    return {"done": done}
