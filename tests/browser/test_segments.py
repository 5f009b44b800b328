"""Building a segment with the mouse: rows, sentence, live count, and the text that says the same."""

import json
import re

import pytest
from hypothesis import given, settings
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

from rondpoint.segments.tests import worlds

pytestmark = pytest.mark.browser
COUNTED = 30_000  # milliseconds: the first count starts a process with its libraries


@pytest.fixture
def builder(agent, demo):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/segments/new")
    return page


def row(page, number):
    return page.locator(f"[data-conditions] > li:nth-child({number})").first


def field(page, number, name):
    return row(page, number).locator(f"[data-field={name}]").first


def line(page, number, role, name, op, *values):
    """One more line of what properties hold, in a row."""
    row(page, number).locator("[data-more=line]").last.click()
    added = row(page, number).locator("[data-line]").last
    if role != "where":
        added.locator("[data-field=role]").select_option(role)
    added.locator("[data-field=property]").fill(name)
    added.locator("[data-field=op]").select_option(op)
    for place, value in zip(("value", "most"), values, strict=False):
        added.locator(f"[data-field={place}]").fill(value)


def text(page):
    return json.loads(page.input_value("#definition"))


def write(page, definition):
    page.locator("[data-text]").evaluate("it => { it.open = true; }")
    page.fill("#definition", json.dumps(definition))


def test_a_segment_is_built_with_rows_and_lives(builder, demo):
    page = builder
    assert_accessible(page)
    page.fill("#name", "Ont commandé et parlent français")
    page.click(".adding [data-add=event]")
    field(page, 1, "name").fill("order.completed")
    field(page, 1, "op").select_option("gte")
    field(page, 1, "value").fill("1")
    field(page, 1, "when").select_option("within")
    field(page, 1, "days").fill("365")
    line(page, 1, "where", "number", "exists")
    expect(row(page, 1).locator("[data-line] [data-field=value]")).to_be_hidden()
    page.click(".adding [data-add=trait]")
    field(page, 2, "name").fill("language")
    field(page, 2, "value").fill("fr")
    page.click(".adding [data-add=share]")
    page.click("[data-conditions] > li:nth-child(3) [data-remove]")
    expect(page.locator("[data-conditions] > li")).to_have_count(2)
    assert text(page) == {
        "version": 1,
        "all": [
            {
                "event": "order.completed",
                "where": [{"property": "number", "exists": True}],
                "count": {"gte": 1},
                "within_days": 365,
            },
            {"trait": "language", "is": "fr"},
        ],
    }
    expect(page.locator("#preview .count")).to_be_visible(timeout=COUNTED)
    expect(page.locator("#preview .meaning")).to_contain_text("au moins une fois")
    assert_accessible(page)
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url(re.compile(r"/segments/[0-9a-f-]{36}$"))
    expect(page.locator("#members table")).to_be_visible(timeout=COUNTED)
    assert_accessible(page)
    assert_no_overflow(page)
    page.goto(f"{demo.url}/segments")
    expect(page.get_by_role("link", name="Ont commandé et parlent français")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("link", name="Ont commandé et parlent français").click()
    assert_no_overflow(page)
    page.get_by_role("link", name="Modifier").click()
    assert_no_overflow(page)


def test_every_condition_is_built_without_the_text(builder):
    page = builder
    page.click(".adding [data-add=event]")
    field(page, 1, "name").fill("order.completed")
    field(page, 1, "name").blur()
    expect(field(page, 1, "name")).to_have_value("Commande passée")
    field(page, 1, "op").select_option("between")
    field(page, 1, "value").fill("2")
    field(page, 1, "most").fill("5")
    field(page, 1, "when").select_option("between")
    field(page, 1, "days").fill("90")
    field(page, 1, "older").fill("7")
    line(page, 1, "where", "city", "in", 'Lyon, "75011", 12')
    line(page, 1, "sum", "total", "gte", "99,5")
    row(page, 1).locator("[data-more=test]").last.click()
    also = row(page, 1).locator("[data-test]").last
    also.locator("[data-field=op]").select_option("lt")
    also.locator("[data-field=value]").fill("1000")
    line(page, 1, "last", "total", "between", "5", "10")
    page.click(".adding [data-add=sequence]")
    steps = row(page, 2).locator("[data-step]")
    expect(steps).to_have_count(2)
    steps.nth(0).locator("[data-field=name]").fill("Page vue")
    steps.nth(1).locator("[data-field=name]").fill("Signed Up")
    steps.nth(1).locator("[data-field=soon]").select_option("within")
    steps.nth(1).locator("[data-field=hours]").fill("24")
    steps.nth(1).locator("[data-more=line]").click()
    steps.nth(1).locator("[data-field=property]").fill("plan")
    steps.nth(1).locator("[data-test] [data-field=value]").fill("pro")
    page.click(".adding [data-add=consent]")
    field(page, 3, "not").select_option("not")
    field(page, 3, "purpose").select_option("offers")
    field(page, 3, "channel").select_option("sms")
    page.click(".adding [data-add=trait]")
    field(page, 4, "name").fill("birth_date")
    field(page, 4, "op").select_option("missing")
    assert_accessible(page)
    assert text(page) == {
        "version": 1,
        "all": [
            {
                "event": "order.completed",
                "where": [{"property": "city", "in": ["Lyon", "75011", 12]}],
                "sum": {"property": "total", "gte": 99.5, "lt": 1000},
                "last": {"property": "total", "gte": 5, "lte": 10},
                "count": {"gte": 2, "lte": 5},
                "within_days": 90,
                "older_than_days": 7,
            },
            {
                "sequence": [
                    {"event": "page.viewed"},
                    {"event": "Signed Up", "where": [{"property": "plan", "is": "pro"}], "within_hours": 24},
                ]
            },
            {"not": {"consent": {"purpose": "offers", "channel": "sms"}}},
            {"trait": "birth_date", "exists": False},
        ],
    }
    expect(page.locator("#preview .meaning")).to_contain_text("ont accepté « Offres » par SMS", timeout=COUNTED)


def test_a_group_is_built_with_the_keyboard(builder):
    page = builder
    page.locator(".adding [data-add=group]").press("Enter")
    expect(field(page, 1, "match")).to_be_focused()
    field(page, 1, "match").select_option("not-any")
    assert text(page) == {"version": 1, "all": []}  # a group without rows says nothing yet
    add = row(page, 1).locator("[data-menu]")
    add.press("Enter")
    menu = page.get_by_role("menu", name="Ajouter au groupe")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    inner = row(page, 1).locator("[data-conditions] > li")
    expect(inner.locator("[data-field=not]")).to_be_focused()
    inner.locator("[data-field=name]").fill("city")
    inner.locator("[data-field=value]").fill("Lyon")
    add.press("Enter")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    inner.nth(1).locator("[data-field=channel]").select_option("sms")
    said = {"not": {"any": [{"trait": "city", "is": "Lyon"}, {"reachable": "sms"}]}}
    assert text(page) == {"version": 1, "all": [said]}
    page.select_option("#match", "any")
    assert text(page) == {"version": 1, "any": [said]}
    inner.nth(1).locator("[data-remove]").press("Enter")
    expect(inner.locator("[data-field=not]")).to_be_focused()  # what stands before it
    inner.locator("[data-remove]").press("Enter")
    expect(add).to_be_focused()


def test_only_what_can_be_said_is_offered(builder):
    page = builder
    page.click(".adding [data-add=event]")
    field(page, 1, "name").fill("Commande passée")
    line(page, 1, "where", "total", "contains", "x")
    expect(page.locator("#known-properties option[value=number]")).to_have_count(1)
    first = row(page, 1).locator("[data-line]").first
    first.locator("[data-field=role]").select_option("sum")
    expect(first.locator("[data-field=op]")).to_have_value("is")  # letters cannot be added up
    expect(first.locator("option[value=contains]")).to_be_disabled()
    first.locator("[data-field=op]").select_option("between")
    first.locator("[data-more=test]").click()
    second = first.locator("[data-test]").nth(1)
    expect(second.locator("[data-field=op]")).to_have_value("is")
    for op in ("gte", "lte", "between", "exists"):
        expect(second.locator(f"option[value={op}]")).to_be_disabled()
    line(page, 1, "where", "total", "gte", "1")
    expect(row(page, 1).locator("[data-line]").nth(1).locator("option[value=sum]")).to_be_disabled()
    assert_no_overflow(page)


EVERY_ROW = [
    {"not": {"event": "page.viewed", "within_days": 30}},
    {"event": "order.completed", "count": {"lte": 2}, "where": [{"property": "total", "gte": 50.5}]},
    {"event": "Order Completed", "count": {"gt": 2}, "older_than_days": 7},
    {"event": "Order Completed", "count": {"gte": 2, "lte": 5}, "within_days": 90, "older_than_days": 0.5},
    {"event": "A", "count": {"is": 0}},
    {"event": "A", "count": {"lt": 3}},
    {
        "event": "order.completed",
        "where": [
            {"property": "city", "in": ["Lyon", "Aix, en", "75011", 75011, True]},
            {"property": "x", "exists": False},
        ],
        "sum": {"property": "total", "gte": 100, "lt": 1000},
        "first": {"property": "context.page.path", "starts_with": "/shop"},
        "last": {"property": "total", "gte": 5, "lte": 10, "is_not": 7},
    },
    {"sequence": [{"event": "page.viewed"}, {"event": "order.completed"}], "within_days": 7},
    {
        "not": {
            "sequence": [
                {"event": "Product Viewed", "where": [{"property": "sku", "is": "0123"}]},
                {"event": "Product Added", "within_hours": 2},
                {
                    "event": "Order Completed",
                    "where": [{"property": "total", "gt": 5}, {"property": "paid", "is": True}],
                    "within_hours": 0.5,
                },
            ]
        }
    },
    {"not": {"trait": "city", "contains": "12"}},
    {"trait": "age", "gte": 18, "lt": 30},
    {"trait": "age", "gte": 18, "lte": 30},
    {"trait": "country", "in": ["FR"]},
    {"trait": "code", "is": "0123"},
    {"trait": "word", "is_not": '"so to say"'},
    {"trait": "word", "starts_with": " a"},
    {"trait": "renewal", "after": "2025-12-31", "before": "2026-02-01"},
    {"event": "Order Completed", "where": [{"property": "products[].sku", "is": "SKU-1"}]},
    {"trait": "birth_date", "exists": False},
    {"reachable": "sms"},
    {"consent": {"purpose": "offers", "channel": "sms"}},
    {"not": {"consent": {"purpose": "offers"}}},
    {"not": {"company": True}},
    {"company": {"trait": "employees", "gte": 10, "lte": 50}},
    {"share": {"percent": 12.5, "seed": "A"}},
    {"not": {"share": {"percent": 10}}},
    {"any": [{"reachable": "sms"}, {"all": [{"reachable": "email"}, {"not": {"trait": "age", "gt": 3}}]}]},
    {"not": {"any": [{"event": "A"}, {"event": "B"}]}},
]
AS_SURFACE = {
    "version": 1,
    "all": [
        {"trait": "country", "is": "FR"},
        {
            "event": "Order Completed",
            "count": {"gte": 2},
            "within_days": 90,
            "where": [{"property": "total", "gte": 50}],
        },
        {"not": {"event": "Message Opened", "within_days": 30}},
        {"consent": {"purpose": "offers", "channel": "sms"}},
    ],
}


def test_rows_and_text_say_the_same(builder):
    page = builder
    for definition in (
        AS_SURFACE,
        *({"version": 1, "any": [each]} for each in EVERY_ROW),
        *({"version": 1, **each} for each in EVERY_ROW[-2:]),
        {"version": 1, "not": {"all": EVERY_ROW}},
    ):
        write(page, definition)
        assert page.locator("[data-simple]").is_visible(), definition
        assert anew(page, definition) == [definition]


def anew(page, *definitions):
    """What rows write of definitions that they can show; None of those they cannot."""
    return page.evaluate(
        """(definitions) => definitions.map((definition) => {
          const text = document.getElementById("definition");
          const told = (control) => control.dispatchEvent(new Event("input", { bubbles: true }));
          text.value = JSON.stringify(definition);
          told(text);
          const shown = !document.querySelector("[data-simple]").hidden;
          text.value = shown ? "" : text.value;
          if (shown) told(document.querySelector("[data-match]"));
          const after = JSON.parse(text.value);
          return shown || JSON.stringify(after) !== JSON.stringify(definition) ? after : null;
        })""",
        list(definitions),
    )


def test_no_definition_is_changed_by_being_shown(builder):
    found = []

    @settings(max_examples=400, database=None, derandomize=True)
    @given(worlds.definitions)
    def draw(definition):
        found.append(json.loads(json.dumps(definition)))

    draw()
    groups = [each if {"all", "any"} & set(each) else {"version": 1, "all": [without(each)]} for each in found]
    shown = anew(builder, *groups)
    assert [each for each, after in zip(groups, shown, strict=True) if after not in (None, each)] == []
    # Segments and companies that are not there cannot be chosen in a row.
    choosable = [after for each, after in zip(groups, shown, strict=True) if "00000000-" not in json.dumps(each)]
    assert len(choosable) > 100 and sum(after is not None for after in choosable) > len(choosable) * 0.8


def without(definition):
    return {name: told for name, told in definition.items() if name != "version"}


@pytest.mark.parametrize(
    "definition",
    [
        {"version": 1, "trait": "city", "is": "Lyon"},
        {"version": 1, "all": [{"not": {"not": {"reachable": "sms"}}}]},
        {"version": 1, "all": [{"any": []}]},
        {"version": 1, "all": [{"event": "A", "count": {"gt": 1, "lte": 3}}]},
        {"version": 1, "all": [{"sequence": [{"event": "A", "within_hours": 1}, {"event": "B"}]}]},
        {"version": 1, "all": [{"consent": {"purpose": "nothing"}}]},
        {"version": 1, "all": [{"event": "A", "else": 1}]},
        {"version": 1, "all": [None]},
        {"version": 1, "all": {}},
        {"version": 2, "all": []},
        {"version": 1, "all": [{"company": {"id": "nothing"}}]},
    ],
)
def test_what_rows_cannot_say_stays_text(builder, definition):
    page = builder
    write(page, definition)
    expect(page.locator("[data-simple]")).to_be_hidden()
    expect(page.locator("[data-nested]")).to_be_visible()
    assert text(page) == definition


def test_what_is_missing_is_said_beside_the_rows(builder):
    page = builder
    page.click(".adding [data-add=trait]")
    expect(page.locator("#preview .err")).to_be_visible(timeout=COUNTED)
    expect(page.locator("#preview .err")).to_have_text("Ligne 1 : il faut un texte (all[0].trait)")
