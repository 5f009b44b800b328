"""Conversations follow their people through merges and un-merges.

After a merge the open conversations of one person become one; every message remembers where it first stood. After an
un-merge each message that was here only because of its person goes with her: back to where it stood, or into a
conversation of its own. Messages that came by a token or a reference stay: they were an answer in that exchange.
"""

from django.db.models import Min, Q

from rondpoint.conversations.actions import facts
from rondpoint.conversations.models import Conversation, Message
from rondpoint.customers import queries as customers


def follow(moves: dict[int, int], now: int) -> None:
    """Told by the customers room, in the same transaction, which customer profiles belong to now."""
    writing = {*Conversation.objects.filter(profile_id__in=moves).values_list("profile_id", flat=True)}
    writing |= {*Message.objects.filter(profile_id__in=moves).values_list("profile_id", flat=True).distinct()}
    by_customer: dict[int, list[int]] = {}
    for profile_id in sorted(writing):
        by_customer.setdefault(moves[profile_id], []).append(profile_id)
    for customer_id, profile_ids in sorted(by_customer.items()):
        _follow(profile_ids, customer_id, now)


def _follow(profile_ids: list[int], customer_id: int, now: int) -> None:
    Conversation.objects.filter(profile_id__in=profile_ids).update(customer_id=customer_id)
    touched = Conversation.objects.filter(
        Q(profile_id__in=profile_ids) | Q(messages__profile_id__in=profile_ids)
    ).distinct()
    for conversation in touched.order_by("id"):
        _send_home(conversation, now)
    _make_one(customer_id, now)


def _send_home(conversation: Conversation, now: int) -> None:
    """Moves out the messages whose person is no longer this conversation's: at once all that have one home."""
    messages = Message.objects.filter(conversation=conversation).exclude(arrived_by__in=("token", "reference"))
    owners = customers.customers_of(set(messages.values_list("profile_id", flat=True)))
    strangers = [profile for profile, owner in owners.items() if owner != conversation.customer_id]
    if not strangers:
        return
    theirs = messages.filter(profile_id__in=strangers)
    wrote = theirs.values_list("profile_id", "origin_conversation_id", "address_kind", "address")
    authors = [(first, *row) for *row, first in wrote.annotate(first=Min("id")).order_by("first")]
    together: dict[tuple[int, int], list[tuple[int, int, int, str, str]]] = {}
    for author in authors:
        together.setdefault((owners[author[1]], author[2]), []).append(author)
    moved: set[int] = set()
    for (owner, origin), group in together.items():
        home = _home(Message.objects.get(id=group[0][0]), owner, now)
        profiles = {profile for _, profile, *_ in group}
        theirs.filter(profile_id__in=profiles, origin_conversation_id=origin).update(conversation=home)
        for _, profile, _, kind, address in group:
            facts.take_part(home, profile, kind, address, "customer")
        moved.add(home.id)
    for home in Conversation.objects.filter(id__in=moved):
        facts.recount(home)
        facts.tell(home, "conversation.separated", f"{home.id}:{now}", now, origin_id=conversation.id)
    if Message.objects.filter(conversation=conversation).exists():
        facts.recount(conversation)


def _home(message: Message, customer_id: int, now: int) -> Conversation:
    """Where a message belongs: where it first stood, if that is its person's, else a conversation split off for her."""
    origin = Conversation.objects.get(id=message.origin_conversation_id)
    if origin.customer_id == customer_id and origin.id != message.conversation_id:
        if origin.merged_into_id is not None:
            origin.merged_into, origin.state = None, message.conversation.state
            origin.snoozed_until = message.conversation.snoozed_until
            origin.save(update_fields=["merged_into", "state", "snoozed_until"])
        return origin
    split = Conversation.objects.filter(
        customer_id=customer_id,
        merged_into=None,
        messages__origin_conversation_id=message.origin_conversation_id,
    ).first()
    return split or Conversation.objects.create(
        profile_id=message.profile_id,
        customer_id=customer_id,
        brand_id=message.conversation.brand_id,
        subject=message.conversation.subject,
        state=message.conversation.state,
        assignee_id=message.conversation.assignee_id,
        created=now,
        last_message_at=message.at,
    )


def _make_one(customer_id: int, now: int) -> None:
    """The open conversations of a person with one brand become the oldest of them."""
    open_ = Conversation.objects.filter(customer_id=customer_id, merged_into=None).exclude(state="closed")
    oldest: dict[int | None, Conversation] = {}
    for conversation in open_.order_by("created", "id"):
        first = oldest.setdefault(conversation.brand_id, conversation)
        if first is conversation:
            continue
        Message.objects.filter(conversation=conversation).update(conversation=first)
        for participant in conversation.participants.all():
            facts.take_part(
                first,
                participant.profile_id,
                participant.address_kind,
                participant.address,
                participant.role,
                participant.name,
                participant.from_message,
            )
        conversation.merged_into = first
        conversation.save(update_fields=["merged_into"])
        Conversation.objects.filter(merged_into=conversation).update(merged_into=first)
        first.assignee_id = first.assignee_id or conversation.assignee_id
        first.unread = first.unread or conversation.unread
        if conversation.state == "open":
            first.state, first.snoozed_until = "open", None
        first.save(update_fields=["assignee", "unread", "state", "snoozed_until"])
        facts.recount(first)
        facts.tell(first, "conversation.merged", f"{conversation.id}:{now}", now, merged_id=conversation.id)
