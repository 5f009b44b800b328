"""What people ask for: writing it down with its date, and answering it."""

from rondpoint.accounts import actions as accounts
from rondpoint.accounts.queries import default_brand
from rondpoint.consent import actions as consent
from rondpoint.consent import queries as law
from rondpoint.customers import actions as hands
from rondpoint.customers import queries as customers
from rondpoint.customers.models import Customer
from rondpoint.hub.models import RightsRequest
from rondpoint.hub.rights import held
from rondpoint.hub.rights.actions import WAKE, addresses, open_again
from rondpoint.hub.rights.types import CHANNELS, DUE, KINDS, LAWS, LONGEST, RESTRICTED, Invalid
from rondpoint.jobs import wake
from rondpoint.lib import clock
from rondpoint.lib.db import lock_row, write

QUEBEC = law.Place("CA", "QC")


def ask(
    kind: str, customer: Customer, asked_by: str, by: str, channel: str = "other", proof: str = "", law_: str = "",
    at_once: bool = True, now: int | None = None,
) -> RightsRequest:  # fmt: skip
    """Writes a request down. A proven one for access is made by a worker at once; all others wait for a colleague.

    ``proof``: how it was proved that it was she; without one nothing is handed out. ``law_``: by which it is due, else
    that of where she lives. Raises Invalid.
    """
    if kind not in KINDS:
        raise Invalid("kind", f"expected one of {', '.join(KINDS)}")
    if channel not in CHANNELS:
        raise Invalid("channel", f"expected one of {', '.join(CHANNELS)}")
    if kind == "access" and not proof.strip():
        raise Invalid("proof", "say how it was proved that it is she: nothing is handed out without it")
    law_ = law_ or law_of(customer)
    if law_ not in LAWS:
        raise Invalid("law", f"expected one of {', '.join(LAWS)}")
    now = now or clock.now()
    with write():
        row = RightsRequest.objects.create(
            kind=kind, customer_id=customer.id, customer=customer.public_id, asked_by=asked_by, channel=channel,
            proof=proof.strip()[:300], law=law_, received=now, due=now + DUE[law_], by=by[:200],
            state="working" if kind == "access" and at_once else "open",
        )  # fmt: skip
        told = {"kind": kind, "customer": str(customer.public_id)}
        accounts.audit(by, "rights.asked", f"request:{row.public_id}", told)
        wake.notify(WAKE)
    return row


def law_of(customer: Customer) -> str:
    """By which law an answer is due: Québec's where she said that she lives there, else the GDPR."""
    brand = default_brand()
    known = law.people([customer.id], clock.now(), exceptions=False).get(customer.id, law.Person())
    return "law25" if known.place(brand.country if brand else "FR") == QUEBEC else "gdpr"


def extend(row: RightsRequest, why: str, by: str) -> None:
    """Gives an answer more time, once, with the reason that she is told. Raises Invalid."""
    longest = row.received + LONGEST[row.law]
    if longest <= row.due:
        raise Invalid("extended", "it cannot be extended, or not any further")
    if len(why.strip()) < 5:
        raise Invalid("extended", "say why it takes longer, as she is told within the first month")
    _move(row, by, "rights.extended", due=longest, extended=why.strip()[:300])


def refuse(row: RightsRequest, why: str, by: str) -> None:
    """Refuses what was asked for, with the reason that she is told. Raises Invalid."""
    if len(why.strip()) < 5:
        raise Invalid("answer", "say why it is refused, as she is told, with her right to complain")
    person = customers.resolve(row.customer)
    with write():
        if row.state == "held" and person is not None:
            open_again(hands.subject_of(customers.profile_ids(person.id), clock.now()))
        _move(row, by, "rights.refused", state="refused", answer=why.strip()[:500], closed=clock.now(), by=by[:200])


def settle(row: RightsRequest, by: str) -> None:
    """Carries out what was asked for, or says that it was. An erasure is carried out by itself. Raises Invalid."""
    if row.kind == "erasure":
        raise Invalid("kind", "erase her, and the request is settled with it")
    if row.kind == "access":
        if not row.proof:
            raise Invalid("proof", "say how it was proved that it is she: nothing is handed out without it")
        _move(row, by, "rights.settled", state="working")
        wake.notify(WAKE)
        return
    with write():
        if row.kind == "objection":
            person = customers.resolve(row.customer)
            if person is None:
                raise Invalid("customer", "there is no such customer any more")
            proof = {"how": "objection", "request": str(row.public_id)}
            consent.refuse_all(customers.profile_ids(person.id)[0], proof, by)
        _move(row, by, "rights.settled", state="done", closed=clock.now(), by=by[:200])


def wait(row: RightsRequest, by: str) -> None:
    """Lets an erasure wait for the holds over her, as the law allows (GDPR article 17(3)(e)). From now on nothing is
    sent to an address that is hers alone; she is forgotten once the last of them has ended. Raises Invalid."""
    person = customers.resolve(row.customer)
    if row.kind != "erasure" or row.state != "open" or person is None:
        raise Invalid("held", "only an erasure waits for a hold, and once")
    with write():
        profile_ids = customers.profile_ids(person.id)
        if not held.over(profile_ids):
            raise Invalid("held", "no hold is over her: forget her")
        now = clock.now()
        for kind, value in addresses(hands.subject_of(profile_ids, now)):
            consent.suppress(kind, value, RESTRICTED, now)
        _move(row, by, "rights.waits", state="held", held=now, by=by[:200])


def prove(row: RightsRequest, proof: str, by: str) -> None:
    """Writes down how it was proved that it was she. Raises Invalid."""
    if len(proof.strip()) < 5:
        raise Invalid("proof", "say how it was proved that it is she")
    _move(row, by, "rights.proved", proof=proof.strip()[:300])


def _move(row: RightsRequest, actor: str, action: str, /, **said: object) -> None:
    with write():
        found = lock_row(RightsRequest.objects.filter(id=row.pk, state__in=("open", "held"))).first()
        if found is None:
            raise Invalid("state", "it was answered already")
        RightsRequest.objects.filter(id=row.pk).update(**said)
        accounts.audit(actor, action, f"request:{row.public_id}", {"kind": row.kind})
    row.refresh_from_db()
