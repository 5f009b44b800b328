"""Double opt-in: the mail that asks to confirm an agreement.

How a mail is sent is known to higher rooms; ``config`` registers one of them here.
"""

from collections import Counter
from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _

from rondpoint.accounts.queries import default_brand
from rondpoint.consent import links
from rondpoint.consent.models import Confirmation, ConsentEntry, Purpose
from rondpoint.consent.rules import purposes as texts
from rondpoint.consent.types import LANGUAGES, Mail
from rondpoint.customers import queries as customers
from rondpoint.lib import bulk, clock

MOST, WITHIN = 3, 7 * clock.DAY  # mails to one address


_senders: list[Callable[[list[Mail]], None]] = []


def send_with(sender: Callable[[list[Mail]], None]) -> None:
    """``sender(mails)`` sends them, inside the ``write()`` that asks."""
    _senders[:] = [sender]


def ask(rows: list[ConsentEntry], now: int) -> None:
    """Writes to whoever is to confirm, inside ``write()``; at most three mails to one address in a week, whoever asks:
    a form on a page must not be a way to flood somebody."""
    if not rows:
        return
    recent = bulk.fetch(Confirmation, address={row.address for row in rows})
    sent = Counter(row.address for row in recent if row.at > now - WITHIN)
    going = []
    for row in rows:
        if sent[row.address] < MOST:
            sent[row.address] += 1
            going.append(row)
    bulk.insert(
        [Confirmation(entry_id=row.id, address_kind=row.address_kind, address=row.address, at=now) for row in going]
    )
    mails = _mails(going, now)
    for sender in _senders:
        sender(mails)


def _mails(rows: list[ConsentEntry], now: int) -> list[Mail]:
    purposes = {row.key: row for row in Purpose.objects.filter(key__in={row.purpose for row in rows})}
    owners = customers.customers_of({row.profile_id or 0 for row in rows})
    people = customers.by_ids(set(owners.values()))
    brand = default_brand()
    house, spoken = (brand.name, brand.language) if brand else ("Rondpoint", "fr")
    found = []
    for row in rows:
        known = people[owners[row.profile_id or 0]].language if row.profile_id in owners else ""
        language = next(wish[:2] for wish in (row.language, known, spoken, "fr") if wish[:2] in LANGUAGES)
        with translation.override(language):
            found.append(_mail(row, purposes[row.purpose], house, language, now))
    return found


def _mail(row: ConsentEntry, purpose: Purpose, house: str, language: str, now: int) -> Mail:
    named = {"purpose": texts.text(purpose.names, language), "brand": house}
    text = _(
        "Hello,\n\nthis address was entered for “%(purpose)s” at %(brand)s. To confirm that you want it, open this page"
        " and press the button:\n\n%(url)s\n\nThe link is valid for seven days. If it was not you, do nothing: without"
        " your confirmation we send you nothing.\n"
    ) % {**named, "url": links.confirmation_url(row.id, row.expires or now + WITHIN)}
    subject = _("Please confirm: %(purpose)s") % named
    return Mail(row.profile_id or 0, row.address, subject, text, language, f"opt-in:{row.id}", now)
