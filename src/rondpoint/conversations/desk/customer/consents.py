"""What a colleague writes down of what a customer said about being written to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.decorators import require
from rondpoint.consent import actions as consent
from rondpoint.consent import queries as agreed
from rondpoint.consent.types import Choice
from rondpoint.conversations.desk.customer import answered
from rondpoint.conversations.desk.customer.views import found
from rondpoint.customers import queries as customers
from rondpoint.lib import clock
from rondpoint.lib.db import write

LEAST_PROOF = 5  # letters: where and how she said it


@require_POST
@require("reply")
def say(request: HttpRequest, public_id: str) -> HttpResponse:
    """A colleague writes down what she said: a no, or a yes with how she gave it."""
    customer, now = found(public_id), clock.now()
    purpose, _sep, name = request.POST.get("cell", "").partition("|")
    yes, proof = request.POST.get("said") == "yes", request.POST.get("proof", "").strip()
    held = agreed.addresses(customers.profile_ids(customer.id))
    lines = [line for line in agreed.lines(customer.id, held, now) if line.key == purpose and line.refusable]
    cell = next((cell for line in lines for cell in line.cells if cell.name == name), None)
    if cell is None:
        raise Http404
    if yes and len(proof) < LEAST_PROOF:
        return redirect(answered.address(customer, "unproved"))
    told: dict[str, object] = {"page": "desk", **({"text": proof[:500]} if proof else {})}
    choice = Choice(purpose, cell.channel, cell.address_kind, cell.address, yes)
    with write():
        at = (cell.address_kind, cell.address) if cell.address else None
        consent.choose(agreed.speaker(customer.id, at), [choice], told, request.user.email, now=now)
        action = "consent.granted" if yes else "consent.withdrawn"
        detail = {"purpose": purpose, "channel": cell.channel}
        accounts.audit(request.user.email, action, str(customer.public_id), detail)
    return redirect(answered.address(customer, "agreed"))
