"""Random people and definitions, small enough that everything happens to somebody."""

from hypothesis import strategies as st

DAYS = 86_400_000_000
TEXTS = ["FR", "fr", "Québec", "l'an", "50%", "a_b", "", "true", "été 100 %"]
NUMBERS = [0, 1, -1, 2.5, 49.99, 50, 50.0, 0.1, 0.2, 1e10, -3.00005]
DAYS_WRITTEN = [
    "2026-01-31", "2026-02-01T00:30:00+02:00", "2026-02-01 23:59", "2026-02-28T09:00:00.000Z", "2026-2-1",
    "2026-02-01x", "2026-02-01\n", "20260201", "9999-99-99", "٢٠٢٦-02-01", "2026-02-0", " 2026-02-01",
]  # fmt: skip
values = st.one_of(
    st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.booleans(), st.none(), st.just([1]),
    st.sampled_from(DAYS_WRITTEN),
)  # fmt: skip
FIRMS = [f"00000000-0000-7000-8000-0000000000{number:02}" for number in range(12)]
SEGMENTS = [f"00000000-0000-7000-8000-00000000010{number}" for number in range(3)]
TYPES = ["Order Completed", "Page Viewed", "it's"]
PATHS = ["total", "page.title", "l'été"]

scalars = st.one_of(st.sampled_from([text for text in TEXTS if text]), st.sampled_from(NUMBERS), st.booleans())
numbers = st.sampled_from(NUMBERS)
texts = st.sampled_from([text for text in TEXTS if text])
tests = st.one_of(
    st.fixed_dictionaries({"is": scalars}),
    st.fixed_dictionaries({"is_not": scalars}),
    st.fixed_dictionaries({"in": st.lists(scalars, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": texts}),
    st.fixed_dictionaries({"starts_with": texts}),
    st.fixed_dictionaries({"gte": numbers}),
    st.fixed_dictionaries({"gt": numbers, "lte": numbers}),
    st.fixed_dictionaries({"exists": st.booleans()}),
    st.fixed_dictionaries({"before": st.sampled_from(["2026-02-01", "2026-02-02"])}),
    st.fixed_dictionaries({"after": st.just("2026-01-30"), "before": st.sampled_from(["2026-02-01", "2026-03-01"])}),
)
LISTS = ["products[].sku", "products[].l'été.x", "tags[]", "page.tags[]"]
wheres = st.builds(lambda path, test: {"property": path, **test}, st.sampled_from([*PATHS, *LISTS]), tests)
amounts = st.one_of(
    st.fixed_dictionaries({"gte": st.integers(0, 3)}),
    st.fixed_dictionaries({"lt": st.integers(0, 3)}),
    st.fixed_dictionaries({"is": st.integers(0, 2)}),
    st.fixed_dictionaries({"gt": st.integers(-1, 2), "lte": st.integers(0, 3)}),
)
sums = st.builds(
    lambda test: {"property": "total", **test},
    st.one_of(st.fixed_dictionaries({"gte": numbers}), st.fixed_dictionaries({"lt": numbers})),
)
days = st.sampled_from([0.5, 1, 2, 10])
events = st.builds(
    lambda name, rest: {"event": name, **rest},
    st.sampled_from(TYPES),
    st.fixed_dictionaries(
        {},
        optional={
            "where": st.lists(wheres, min_size=1, max_size=2),
            "within_days": st.just(10),
            "older_than_days": st.sampled_from([0.5, 1, 2]),
            "count": amounts,
            "sum": sums,
            "first": wheres,
            "last": wheres,
        },
    ),
)
steps = st.builds(
    lambda name, rest: {"event": name, **rest},
    st.sampled_from(TYPES),
    st.fixed_dictionaries({}, optional={"where": st.lists(wheres, min_size=1, max_size=1), "within_hours": days}),
)
sequences = st.builds(
    lambda first, rest, within: {"sequence": [{"event": first}, *rest], **within},
    st.sampled_from(TYPES),
    st.lists(steps, min_size=1, max_size=2),
    st.fixed_dictionaries({}, optional={"within_days": days}),
)
leaves = st.one_of(
    st.builds(lambda name, test: {"trait": name, **test}, st.sampled_from(["country", "points"]), tests),
    events,
    sequences,
    st.builds(lambda number: {"segment": SEGMENTS[number]}, st.integers(0, 2)),
    st.builds(lambda channel: {"reachable": channel}, st.sampled_from(["email", "sms"])),
    st.builds(lambda said: {"consent": {"purpose": "offers", **said}}, st.sampled_from([{}, {"channel": "email"}])),
    st.just({"company": True}),
    st.builds(lambda number: {"company": {"id": FIRMS[number]}}, st.integers(0, 2)),
    st.builds(lambda name, test: {"company": {"trait": name, **test}}, st.sampled_from(["industry", "size"]), tests),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=5,
)
definitions = conditions.map(lambda condition: {"version": 1, **condition})

tags = st.one_of(st.lists(values, max_size=3), values)
products = st.fixed_dictionaries({}, optional={"sku": values, "l'été": st.fixed_dictionaries({"x": values})})
lists = {"tags": tags, "products": st.one_of(st.lists(st.one_of(products, values), max_size=3), products, values)}
pages = st.fixed_dictionaries({}, optional={"title": values, "tags": tags})
histories = st.lists(
    st.tuples(
        st.sampled_from(TYPES),
        st.integers(-1, 48),  # quarters of a day ago
        st.fixed_dictionaries({}, optional={"total": values, "page": pages, "l'été": values, **lists}),
    ),
    max_size=6,
)
firms = st.lists(
    st.fixed_dictionaries({}, optional={"industry": values, "size": values}), min_size=3, max_size=3
)
people = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={"country": values, "points": values}),
        histories,
        st.booleans(),
        st.lists(
            st.tuples(
                st.sampled_from(["offers", "newsletter"]),
                st.sampled_from(["email", "print"]),
                st.sampled_from([None, 0, 1, 30]),  # quarters of a day until it ends
                st.sampled_from([True, True, False]),
            ),
            max_size=2,
            unique_by=lambda each: each[:2],
        ),
        st.sets(st.integers(0, 2), max_size=2),  # the companies to which she belongs
        st.sets(st.integers(0, 2), max_size=2),  # the segments that she is in
    ),
    min_size=1,
    max_size=6,
)
