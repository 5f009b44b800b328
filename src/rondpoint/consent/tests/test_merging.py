"""What holds out of many words: a refusal never enlarges, order does not matter, merging allows nothing new."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rondpoint.consent.rules.asking import answer
from rondpoint.consent.rules.merging import merged
from rondpoint.consent.types import ACTIONS, GRANTS, REFUSALS, Asked, Shut, Terms, Word

OFFERS = Terms("offers", "marketing", "consent", ("email", "sms"))
PURPOSES = {
    "offers": OFFERS,
    "news": Terms("news", "marketing", "consent", ("email",), double_opt_in=True),
    "care": Terms("care", "marketing", "legitimate_interest", ("email", "sms")),
    "order": Terms("order", "transactional", "contract", ("email",)),
}
ADDRESSES = {"email": ("a@example.com", "b@example.com"), "sms": ("+33199000101",)}
KINDS = {"email": "email", "sms": "phone"}
LATE = 100  # after every word

places = st.sampled_from([(channel, KINDS[channel], value) for channel, held in ADDRESSES.items() for value in held])
times = st.integers(0, 6)
ends = st.sampled_from([None, 3, 50, 200])


@st.composite
def words(draw):
    action = draw(st.sampled_from(ACTIONS))
    channel, kind, address = draw(places)
    purpose = draw(st.sampled_from(list(PURPOSES)))
    at, expires = draw(times), None
    if action in GRANTS or action == "pending":
        end = draw(ends)
        expires = None if end is None else at + end
    elif action in ("stop", "start", "complaint"):
        purpose = ""
    else:
        purpose = draw(st.sampled_from([purpose, ""]))
        channel = draw(st.sampled_from([channel, ""]))
        kind, address = draw(st.sampled_from([(kind, address), ("", "")]))
    return Word(0, purpose, channel, kind, address, action, at, expires)


said = st.lists(words(), max_size=7).map(
    lambda found: [replace(word, id=number) for number, word in enumerate(found, 1)]
)
EVERY = [
    Asked(purpose, channel, KINDS[channel], value, customer_id=1)
    for purpose in PURPOSES
    for channel in ADDRESSES
    for value in ADDRESSES[channel]
]


def allowed(history, now=LATE, shut=()):
    """What may be sent: the questions that are answered with yes. ``shut``: by address."""
    against = dict(shut)
    rows = merged(history, PURPOSES, against)
    return {
        (each.purpose, each.channel, each.address)
        for each in EVERY
        if answer(
            each, PURPOSES[each.purpose], rows, {}, against.get((each.address_kind, each.address), ()), now
        ).allowed
    }


@settings(max_examples=300, deadline=None)
@given(said, words(), st.sampled_from(["withdrawn", "objected", "stop", "complaint"]))
def test_a_refusal_never_enlarges(history, word, action):
    refusal = Word(99, word.purpose, word.channel, word.address_kind, word.address, action, word.at)
    assert allowed([*history, refusal]) <= allowed(history)


@settings(max_examples=300, deadline=None)
@given(said, st.randoms(use_true_random=False))
def test_the_order_of_words_does_not_matter(history, chance):
    other = list(history)
    chance.shuffle(other)
    assert merged(other, PURPOSES, {}) == merged(history, PURPOSES, {})
    # Nor do their numbers, by which words of one moment might be told apart.
    numbers = [word.id for word in history]
    chance.shuffle(numbers)
    renumbered = [replace(word, id=number) for word, number in zip(history, numbers, strict=True)]
    assert allowed(renumbered) == allowed(history)


@settings(max_examples=300, deadline=None)
@given(said, said)
def test_merging_two_customers_allows_nothing_that_neither_had_and_keeps_what_one_forbade(one, two):
    two = [replace(word, id=word.id + 50) for word in two]
    together = allowed([*one, *two])
    assert together <= allowed(one) | allowed(two)
    for history, other in ((one, two), (two, one)):
        for word in history:
            if word.action not in ("withdrawn", "objected", "complaint"):
                continue
            newer = any(each.action in GRANTS and each.at > word.at for each in [*history, *other])
            covered = {
                key for key in together
                if word.purpose in ("", key[0]) and word.channel in ("", key[1]) and key[0] != "order"
            }  # fmt: skip
            assert newer or not covered


@settings(max_examples=200, deadline=None)
@given(said, said)
def test_another_customers_refusal_holds_at_the_address_both_use(one, two):
    two = [replace(word, id=word.id + 50, own=False) for word in two if word.action in REFUSALS | {"start"}]
    without, with_ = allowed(one), allowed([*one, *two])
    assert {key for key in with_ if key[0] != "care"} <= {key for key in without if key[0] != "care"}
    touched = {word.address for word in two if word.address}
    assert all(address in touched for _, _, address in without - with_)


@settings(max_examples=200, deadline=None)
@given(said, times, times)
def test_time_alone_only_takes_away(history, sooner, later):
    sooner, later = sorted((LATE + sooner, LATE + later * 40))
    assert allowed(history, max(sooner, later)) <= allowed(history, min(sooner, later))


@settings(max_examples=200, deadline=None)
@given(said, places, st.sampled_from(["all", "marketing"]))
def test_suppression_wins(history, place, scope):
    channel, kind, address = place
    found = allowed(history, shut={(kind, address): [Shut("", scope, "bounce")]})
    at = {key for key in found if key[2] == address}
    assert {key[0] for key in at} <= ({"order"} if scope == "marketing" else set())
    assert found - at == allowed(history) - {key for key in allowed(history) if key[2] == address}


def test_what_is_said_in_plain_words():
    def yes(*history, now=LATE):
        found = [
            Word(number, purpose, channel, KINDS.get(channel, ""), address, action, at, expires)
            for number, (action, purpose, channel, address, at, expires) in enumerate(history, 1)
        ]
        return {key[1:] for key in allowed(found, now) if key[0] == "offers"}

    mail, other, phone = ("email", "a@example.com"), ("email", "b@example.com"), ("sms", "+33199000101")
    granted = [("granted", "offers", *at, 1, None) for at in (mail, other, phone)]
    assert yes() == set()
    assert yes(*granted) == {mail, other, phone}
    assert yes(*granted, ("withdrawn", "offers", *mail, 2, None)) == {phone}  # by mail, on each of her addresses
    assert yes(*granted, ("withdrawn", "offers", "", "", 2, None)) == set()
    assert yes(*granted, ("withdrawn", "news", "", "", 2, None)) == {mail, other, phone}
    assert yes(*granted, ("objected", "", "", "", 2, None), ("granted", "offers", *mail, 3, None)) == {mail}
    assert yes(*granted, ("withdrawn", "offers", "", "", 1, None)) == set()  # at the same moment
    assert yes(("pending", "offers", *mail, 1, 200)) == set()
    assert yes(("pending", "offers", *mail, 1, 200), ("confirmed", "offers", *mail, 2, None)) == {mail}
    assert yes(("granted", "offers", *mail, 1, LATE), now=LATE - 1) == {mail}
    assert yes(("granted", "offers", *mail, 1, LATE), now=LATE) == set()
    assert yes(*granted, ("stop", "", *phone, 2, None)) == {mail, other}
    assert yes(*granted, ("stop", "", *phone, 2, None), ("start", "", *phone, 3, None)) == {mail, other, phone}
    assert yes(*granted, ("complaint", "", *mail, 2, None), ("start", "", *mail, 3, None)) == {phone}


def test_reasons():
    def why(asked, *history, terms=OFFERS, now=LATE):
        rows = merged(history, PURPOSES, {})
        found = answer(asked, terms, rows, {}, (), now)
        return found.allowed, found.reason, found.entry_id

    asked = Asked("offers", "email", "email", "a@example.com", customer_id=1)
    grant = Word(1, "offers", "email", "email", "a@example.com", "granted", 1, 50)
    assert why(asked) == (False, "never_agreed", None)
    assert why(asked, terms=None) == (False, "unknown_purpose", None)
    assert why(asked, terms=replace(OFFERS, active=False)) == (False, "inactive_purpose", None)
    assert why(asked, grant, now=49) == (True, "granted", 1)
    assert why(asked, grant) == (False, "expired", 1)
    assert why(asked, replace(grant, action="pending"), now=49) == (False, "pending", 1)
    assert why(asked, replace(grant, action="pending")) == (False, "expired", 1)
    assert why(asked, grant, Word(2, "offers", "", "", "", "objected", 2), now=49) == (False, "objected", 2)
    assert why(asked, Word(2, "", "", "", "", "withdrawn", 2)) == (False, "withdrawn", 2)
    care = replace(asked, purpose="care")
    assert why(care, terms=PURPOSES["care"]) == (True, "legitimate_interest", None)
    assert why(care, Word(2, "", "", "", "", "objected", 2), terms=PURPOSES["care"]) == (False, "objected", 2)
    assert why(replace(asked, purpose="order"), terms=PURPOSES["order"]) == (True, "contract", None)


def grants(*told):
    """What holds for offers by e-mail, of grants told as (basis, at, end)."""
    at = ("offers", "email", "email", "a@example.com")
    found = [
        Word(number, *at, "granted", said, ends, basis=basis) for number, (basis, said, ends) in enumerate(told, 1)
    ]
    row = merged(found, PURPOSES, {})[at]
    return row.reason, row.until, row.entry_id


def test_a_grant_that_was_only_implied_stays_so_and_yields_to_her_own():
    assert grants(("implied", 1, 9)) == ("implied", 9, 1)
    assert grants(("soft_opt_in", 1, None)) == ("soft_opt_in", None, 1)
    assert grants(("consent", 1, None), ("implied", 2, None)) == ("granted", None, 1)
    assert grants(("implied", 1, None), ("", 2, 5)) == ("granted", 5, 2)
    assert grants(("", 1, 5), ("implied", 6, 9)) == ("implied", 9, 2), "her own had ended"
    assert grants(("", 1, 7), ("implied", 6, 9)) == ("granted", 7, 1)
