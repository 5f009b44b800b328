"""People who were not heard of for long. They are forgotten as by hand: each with a receipt, and in the ledger."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from rondpoint.consent.models import ConsentEntry
from rondpoint.conversations.models import ChatSession, Commitment, Conversation, Message
from rondpoint.customers import actions as customers
from rondpoint.customers import queries as known
from rondpoint.customers.models import Customer, Identifier, Profile
from rondpoint.events.models import Event
from rondpoint.events.types import OURS
from rondpoint.hub.models import Erasure, RightsRequest
from rondpoint.hub.rights import actions
from rondpoint.hub.rights.queries import WAITING
from rondpoint.lib import clock
from rondpoint.sending.models import Dispatch

LEAST = 180  # days; who bought something last month is not inactive
AT_ONCE = 10  # people in one transaction
UNDER_WAY = 50  # erasures that wait to be worked off; somebody who asks to be forgotten does not stand behind thousands
EXAMPLES = 5
HERS = ("message.received", "message.clicked", "chat.", "consent.", "continuation.used", "continuation.proved")
"""Of the facts that the house tells, what she did. An opened mail is no contact; a link that was followed is."""
FOREVER = 2**62  # a time that never comes


def addressed() -> QuerySet[Customer, Customer]:
    """People with an address or an account; the others are visitors."""
    held = Identifier.objects.filter(profile__customer_id=OuterRef("id")).exclude(kind="anonymous")
    return Customer.objects.filter(Exists(held), merged_into=None)


def inactive(before: int) -> QuerySet[Customer, Customer]:
    """People who did nothing since ``before``, and with whom nothing is unfinished.

    ``last_seen`` moves with her messages and with all that a source tells of her anew; who was not seen may yet have
    done something that is only written elsewhere: a fact, a word about consent, a message, a visit to the chat.
    Unfinished: a conversation that is not closed, a promise, something that waits to leave, a request for her rights.
    """
    if before >= FOREVER:
        return addressed()
    return addressed().filter(
        ~Exists(Event.objects.filter(_by_her(), profile_id__in=_profiles(), occurred__gte=before)),
        ~Exists(ConsentEntry.objects.filter(profile_id__in=_profiles(), at__gte=before)),
        ~Exists(Message.objects.filter(conversation__customer_id=OuterRef("id"), direction="in", at__gte=before)),
        ~Exists(ChatSession.objects.filter(profile_id__in=_profiles(), last_seen__gte=before)),
        ~Exists(Conversation.objects.filter(customer_id=OuterRef("id"), merged_into=None).exclude(state="closed")),
        ~Exists(Commitment.objects.filter(profile_id__in=_profiles(), state="open")),
        ~Exists(RightsRequest.objects.filter(customer_id=OuterRef("id"), state__in=WAITING)),
        last_seen__lt=before,
    ).exclude(id__in=_written_to())


def examples(rows: QuerySet[Customer, Customer]) -> list[Customer]:
    """Some of them, who were not seen for the longest time first."""
    return list(rows.order_by("last_seen", "id")[:EXAMPLES])


def portion() -> int:
    """How many may go now."""
    return max(0, min(AT_ONCE, UNDER_WAY - Erasure.objects.filter(state="working").count()))


def still(numbers: list[int], before: int) -> list[int]:
    """Those who are inactive to this moment, held, inside ``write()``."""
    customers.hold(list(Profile.objects.filter(customer_id__in=numbers)))
    return list(inactive(before).filter(id__in=numbers).values_list("id", flat=True))


def forget(numbers: list[int]) -> None:
    """Inside ``write()``; a worker removes what is left of them."""
    now = clock.now()
    for row in Customer.objects.filter(id__in=numbers).order_by("id"):
        actions.forget(known.profile_ids(row.id), str(row.public_id), "worker", "retention", now)


def _by_her() -> Q:
    ours, hers = Q(), Q()
    for name in OURS:
        ours |= Q(type__startswith=name)
    for name in HERS:
        hers |= Q(type__startswith=name)
    return ~ours | hers


def _written_to() -> QuerySet[Profile, int | None]:
    """Customers to whom something waits to leave."""
    queued = Dispatch.objects.filter(state="queued").values("profile_id")
    return Profile.objects.filter(id__in=queued, customer__isnull=False).values_list("customer_id", flat=True)


def _profiles() -> QuerySet[Profile, Profile]:
    """Of the customer of a query two levels above."""
    return Profile.objects.filter(customer_id=OuterRef(OuterRef("id"))).values("id")
