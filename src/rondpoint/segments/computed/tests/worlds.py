"""Random definitions of computed traits, and facts of messages, small enough that everything happens to somebody."""

from hypothesis import strategies as st

from rondpoint.segments.computed.types import NUMBERS, SIGNS, VALUES, Kind
from rondpoint.segments.tests import worlds

windows = st.fixed_dictionaries(
    {}, optional={"within_days": st.sampled_from([2, 10]), "older_than_days": st.sampled_from([0.5, 1])}
)
facts = st.builds(
    lambda name, rest, where: {"event": name, **rest, **where},
    st.sampled_from(worlds.TYPES),
    windows,
    st.fixed_dictionaries({}, optional={"where": st.lists(worlds.wheres, min_size=1, max_size=1)}),
)


def _definition(kind):
    extra = {}
    if kind in NUMBERS | VALUES:
        extra = {"property": st.sampled_from(worlds.PATHS)}
    if kind in (Kind.ENGAGEMENT, Kind.BEST_CHANNEL):
        extra = {"half_life_days": st.sampled_from([1, 3.5, 30])}
    if kind is Kind.BEST_HOUR:
        extra = {"minimum": st.integers(1, 3), "within_days": st.just(5)}
    said = st.fixed_dictionaries({"version": st.just(1), "kind": st.just(kind.value), **extra})
    return said if kind in SIGNS else st.builds(lambda one, two: {**one, **two}, said, facts)


definitions = st.sampled_from([kind for kind in Kind if kind is not Kind.LIFETIME_VALUE]).flatmap(_definition)

signs = st.tuples(
    st.sampled_from(
        ["message.queued", "message.received", "message.state", "message.opened", "message.clicked",
         "Email Delivered", "Email Opened", "Email Link Clicked", "continuation.used"]
    ),
    st.integers(-1, 400),  # quarters of a day ago
    st.fixed_dictionaries({}, optional={"state": st.sampled_from(["read", "sent"]), "machine": st.just(True)}),
    st.sampled_from(["email", "sms", "chat", ""]),
)  # fmt: skip
told = st.tuples(
    st.sampled_from(worlds.TYPES),
    st.integers(-1, 48),
    st.fixed_dictionaries(
        {}, optional={"total": worlds.values, "page": worlds.pages, "l'été": worlds.values, **worlds.lists}
    ),
    st.just("web"),
)
people = st.lists(st.lists(st.one_of(told, told, signs), max_size=8), min_size=1, max_size=6)
