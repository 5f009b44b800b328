"""Finding customers as they are typed.

Each profile has a row of folded words (:class:`Findable`): its names, the parts of its addresses and account numbers,
and its phone numbers forwards and backwards. Full-text search of the engine (FTS5, or GIN on PostgreSQL) finds rows
that hold every word, whole or begun; :class:`NearWord` turns a mistyped name into those it may be meant for. Rows
belong to profiles and answers are customers, so that merging and un-merging have nothing to bring in step.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import F
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from rondpoint.customers.hearsay import words_changed
from rondpoint.customers.models import Customer, Findable, Identifier, NearWord, Profile
from rondpoint.customers.rules import words as rules
from rondpoint.lib import bulk
from rondpoint.lib.db import write

NAMES = ("name", "first_name", "last_name", "company")
HIDDEN_KINDS = frozenset({"chat", "anonymous"})  # names of browsers: nobody types them
CANDIDATES = 200  # profiles looked at in each step, the newest first
ENOUGH = 5  # with fewer answers, mistyped words are tried as well
SHORTEST_ORDER, LONGEST_ORDER = 3, 64
ORDERED = "type IN ('order.completed', 'Order Completed')"  # the facts that name an order's number
_CHUNK = 1000

_COUNTRIES = frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)  # none begins with another
Made = tuple[Mapping[str, Any], Iterable[tuple[str, str]]]
"""The traits of a profile, and what it holds: kind and value of each."""

# One term of a question: the folded word, and whether it may be only the beginning of one.
Term = tuple[str, bool]


def find(text: str, limit: int = 20) -> list[Customer]:
    """Customers for what somebody typed, the best first. Any text gives an answer."""
    ranked = customer_ids(text, limit)
    rows = {row.id: row for row in Customer.objects.filter(id__in=ranked)}
    return [rows[number] for number in ranked if number in rows]


def customer_ids(text: str, limit: int = CANDIDATES) -> list[int]:
    """Ids of customers for what somebody typed, the best first: an order's number, then whole words, words that begin
    so, words spread over several profiles of one customer, and last names with a slip in them."""
    wanted = rules.read(text)
    found: dict[int, None] = dict.fromkeys(_holding_order(text)[:limit])
    if not wanted:
        return list(found)
    steps: tuple[Callable[[], list[int]], ...] = (
        lambda: _recent(_matching(_terms(wanted, begun=False), CANDIDATES)),
        lambda: _recent(_matching(_terms(wanted, begun=True), max(CANDIDATES, limit))),
        lambda: _spread(wanted),
        lambda: _recent(_matching(_meant(wanted), CANDIDATES)),
    )
    for number, step in enumerate(steps):
        if len(found) >= (limit if number < 2 else min(limit, ENOUGH)):
            break
        found.update(dict.fromkeys(step()))
    return list(found)[:limit]


def profiles_at(domain: str) -> list[int]:
    """The newest profiles whose words hold all those of a domain; which of them really have an address there, their
    identifiers say."""
    return _matching([[(word, False)] for word in rules.words(domain)], CANDIDATES)


def note(profile_ids: list[int], made: Mapping[int, Made] | None = None) -> None:
    """Brings the words of profiles in step with what they say now; inside the ``write()`` that changed them. ``made``:
    those among them that were made in it, with what they say and hold, so that it need not be read again."""
    new = {number: _words(*made[number]) for number in profile_ids if number in made} if made else {}
    rest = [number for number in profile_ids if number not in new]
    fresh = new | _words_of(rest)
    held = {row.profile_id: row.words for row in bulk.fetch(Findable, profile_id=rest)}
    bulk.add(Findable, ("profile_id", "words"), [each for each in fresh.items() if each[0] not in held])
    changed = [(number, text) for number, text in fresh.items() if held.get(number, text) != text]
    bulk.update([bulk.row(Findable, profile_id=number, words=text) for number, text in changed], ["words"])
    _learn({word for number, text in fresh.items() if held.get(number) != text for word in text.split()})
    words_changed(profile_ids)


def forget(profile_ids: list[int]) -> None:
    """Takes profiles out, and their names too where nobody else bears them; inside ``write()``."""
    take_out(profile_ids)
    wipe()


def take_out(profile_ids: list[int]) -> None:
    """:func:`forget`, of which what is left in the index's pages goes with the next :func:`wipe`."""
    rows = Findable.objects.filter(profile_id__in=profile_ids)
    gone = {word for text in rows.values_list("words", flat=True) for word in text.split() if rules.is_name(word)}
    for profile_id in rows.values_list("profile_id", flat=True):
        Findable.objects.filter(profile_id=profile_id).delete()
    unused = [word for word in gone if not _matching([[(word, False)]], 1)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM customers_nearword WHERE form = %s AND word = %s",
            [(form, word) for word in unused for form in rules.deletions(word)],
        )


def wipe() -> None:
    """Wipes deleted words out of the index's pages, inside ``write()``."""
    if connection.vendor == "sqlite":
        _tell_index("optimize")  # what was deleted leaves the file only when its pages are written anew


def rebuild() -> int:
    """Makes all words anew, after an import that went past the actions; how many profiles there are."""
    with write():
        Findable.objects.all().delete()
        NearWord.objects.all().delete()
        return fill()


def fill() -> int:
    """Adds the words of the profiles that have none, in a transaction of the caller's; how many there were."""
    done, last = 0, 0
    seen: set[str] = set()
    while True:
        rows = Profile.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)
        profile_ids = list(rows[:_CHUNK])
        if not profile_ids:
            return done
        fresh = _words_of(profile_ids)
        Findable.objects.bulk_create(
            [Findable(profile_id=number, words=text) for number, text in fresh.items()], ignore_conflicts=True
        )
        new = {word for text in fresh.values() for word in text.split()} - seen
        _learn(new)
        seen |= new
        done, last = done + len(profile_ids), profile_ids[-1]


def _words_of(profile_ids: list[int]) -> dict[int, str]:
    traits = {profile.id: profile.traits for profile in bulk.fetch(Profile, id=profile_ids)}
    held: dict[int, list[tuple[str, str]]] = {number: [] for number in traits}
    for row in bulk.fetch(Identifier, profile_id=traits):
        held[row.profile_id].append((row.kind, row.value))
    return {number: _words(said, held[number]) for number, said in traits.items()}


def _words(traits: Mapping[str, Any], held: Iterable[tuple[str, str]]) -> str:
    """The words of a profile with these traits that holds these identifiers, each as kind and value."""
    found: list[str] = []
    for name in NAMES:
        said = (traits.get(name) or {}).get("value")
        if said:
            found += rules.words(str(said)[:200])
    for kind, value in held:
        if kind not in HIDDEN_KINDS:
            found += _marks(value)
    return " ".join(dict.fromkeys(found))


def _marks(value: str) -> list[str]:
    """The words of an address or account number."""
    if value.startswith("+"):
        return _number_marks(value)
    found = rules.words(value)
    return [*found, rules.joined_mark(found)] if "@" in value else found


def _number_marks(e164: str) -> list[str]:
    digits = rules.bare_number(e164)
    country = next((begin for begin in (digits[:1], digits[:2], digits[:3]) if begin in _COUNTRIES), "")
    return rules.number_marks(digits, digits.removeprefix(country).lstrip("0") or digits)


def _learn(words: set[str]) -> None:
    names = {word for word in words if rules.is_name(word)}
    for chunk in _chunks(sorted(names)):
        known = set(NearWord.objects.filter(form__in=chunk, word=F("form")).values_list("word", flat=True))
        rows = [(form, word) for word in chunk if word not in known for form in sorted(rules.deletions(word))]
        bulk.add(NearWord, ("form", "word"), rows, new=True)


def _chunks(items: list[str]) -> list[list[str]]:
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]


def _terms(wanted: rules.Wanted, begun: bool) -> list[list[Term]]:
    """What must hold, each by one of its terms."""
    return [[(word, begun)] for word in wanted.words] + [_digit_terms(digits) for digits in wanted.digits]


def _digit_terms(digits: str) -> list[Term]:
    return [(f"zf{digits}", True), (f"zr{digits[::-1]}", True), (digits, True)]


def _meant(wanted: rules.Wanted) -> list[list[Term]]:
    """The question with each name widened by those it may be a slip of; empty when there are none."""
    forms = {word: rules.deletions(word) for word in wanted.words if rules.is_name(word)}
    rows = NearWord.objects.filter(form__in=set().union(*forms.values())).values_list("form", "word")
    near: dict[str, set[str]] = {}
    for form, known in rows[:5000]:
        for word in forms:
            if form in forms[word]:
                near.setdefault(word, set()).add(known)
    if not near:
        return []
    wide = [[(word, True), *((other, False) for other in _nearest(word, near))] for word in wanted.words]
    return wide + [_digit_terms(digits) for digits in wanted.digits]


def _nearest(word: str, near: dict[str, set[str]]) -> list[str]:
    return rules.nearest(word, near.get(word, ()))


def _matching(groups: list[list[Term]], limit: int) -> list[int]:
    """Profiles that hold a term of every group, the newest first."""
    if not groups:
        return []
    if connection.vendor == "sqlite":
        terms = (" OR ".join(f'"{word}"{"*" if begun else ""}' for word, begun in group) for group in groups)
        question = " AND ".join(f"({group})" for group in terms)
        statement = (
            "SELECT rowid FROM customers_findable_index WHERE customers_findable_index MATCH %s "
            "ORDER BY rowid DESC LIMIT %s"
        )
    else:
        terms = (" | ".join(f"'{word}'{':*' if begun else ''}" for word, begun in group) for group in groups)
        question = " & ".join(f"({group})" for group in terms)
        statement = (
            "SELECT profile_id FROM customers_findable WHERE to_tsvector('simple', words) @@ %s::tsquery "
            "ORDER BY profile_id DESC LIMIT %s"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement, [question, limit])
        return [number for (number,) in cursor.fetchall()]


def _recent(profile_ids: list[int]) -> list[int]:
    """The customers of profiles, who was last seen first."""
    if not profile_ids:
        return []
    rows = Customer.objects.filter(profiles__id__in=profile_ids).order_by("-last_seen", "-id")
    return list(dict.fromkeys(rows.values_list("id", flat=True)))


def _spread(wanted: rules.Wanted) -> list[int]:
    """Customers whose profiles hold all the words together, though none holds them alone."""
    groups = _terms(wanted, begun=True)
    if len(groups) < 2:
        return []
    rarest = min((_matching([group], CANDIDATES + 1) for group in groups), key=len)
    if not 0 < len(rarest) <= CANDIDATES:
        return []
    held: dict[int, set[str]] = {}
    people = Profile.objects.filter(id__in=rarest).values("customer_id")
    rows = dict(Profile.objects.filter(customer_id__in=people).values_list("id", "customer_id"))
    for number, text in Findable.objects.filter(profile_id__in=rows).values_list("profile_id", "words"):
        held.setdefault(rows[number], set()).update(text.split())
    return [number for number, known in sorted(held.items()) if all(_holds(known, group) for group in groups)]


def _holds(known: set[str], group: list[Term]) -> bool:
    return any(word.startswith(term) if begun else word == term for term, begun in group for word in known)


def _holding_order(text: str) -> list[int]:
    """Customers with an order of this number, as it is printed, in any case."""
    number = text.strip().removeprefix("#").lower()
    if not SHORTEST_ORDER <= len(number) <= LONGEST_ORDER or not any(sign.isdecimal() for sign in number):
        return []
    if not number.isprintable():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT profile_id FROM events_event WHERE {ORDERED} AND {_order_number()} = %s LIMIT 50",
            [number],
        )
        return _recent([profile_id for (profile_id,) in cursor.fetchall()])


def index_orders(**_signal: object) -> None:
    """Makes the index over order numbers if it is missing. Called after migrations: when SQLite's tables are made
    anew, an index over an expression that no model declares would be lost."""
    with connection.cursor() as cursor:
        held = connection.introspection.get_constraints(cursor, "events_event")
        if "customers_order_numbers" not in held:
            cursor.execute("DROP INDEX IF EXISTS customers_order_number")  # of one name for orders alone
            cursor.execute(
                f"CREATE INDEX customers_order_numbers ON events_event (({_order_number()})) WHERE {ORDERED}"
            )


def _order_number() -> str:
    """The expression for the number of an order in a fact's properties, in the words of the engine."""
    if connection.vendor == "sqlite":
        number = "coalesce(json_extract(properties, '$.order_id'), json_extract(properties, '$.number'))"
    else:
        number = "coalesce(properties->>'order_id', properties->>'number')"
    # An index takes no text without end, and anybody may tell a site that an order has such a number.
    return f"lower(substr({number}, 1, {LONGEST_ORDER + 1}))"


def _tell_index(command: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO customers_findable_index(customers_findable_index) VALUES (%s)", [command])
