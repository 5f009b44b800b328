"""What she asks for on her own page, where a code proved that it is she."""

from django.utils.translation import gettext as _

from rondpoint.conversations.types import Asked
from rondpoint.customers import queries as customers
from rondpoint.hub.rights import access, queries, requests, sentences
from rondpoint.lib import clock

HERSELF = "herself"
PROOF = "a code that was sent to an address of hers came back"


def lines(profile_id: int) -> list[Asked]:
    """What she asked for on her page, the newest first; what colleagues wrote down is theirs."""
    person = customers.of_profile(profile_id)
    names = {"pdf": _("A file to read and print (PDF)"), "json": _("A file for machines (JSON)")}
    states = {
        "open": _("we are looking at it"), "working": _("is being made"), "done": _("done"), "refused": _("refused"),
        "held": _("it waits"),
    }  # fmt: skip
    found = []
    for row in queries.of_customer(person.id)[:5]:
        if row.asked_by == HERSELF:
            ready = bool(row.json_sha256) and (row.expires or 0) > clock.now()
            files = tuple((name, access.link(row, form)) for form, name in names.items()) if ready else ()
            why = {"refused": row.answer, "held": sentences.ground(row.law)}.get(row.state)
            said = f"{states[row.state]}: {why}" if why else states[row.state]
            found.append(Asked(sentences.kind(row.kind), said, row.expires or 0, files))
    return found


def ask(profile_id: int, kind: str) -> None:
    """She asks. Her files are made at once where this device may read all that is hers; what somebody joined to her by
    hand or by guess is looked at by a colleague first. Asking again while the first one waits changes nothing."""
    person = customers.of_profile(profile_id)
    waiting = [row for row in queries.of_customer(person.id) if row.kind == kind and row.state in queries.WAITING]
    if waiting:
        return
    hers = set(customers.profile_ids(person.id)) <= set(customers.rights(profile_id))
    requests.ask(kind, person, HERSELF, HERSELF, "own_page", PROOF, at_once=hers)
