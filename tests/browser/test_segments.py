"""Building a segment with the mouse: rows, sentence, live count, and the text that says the same."""

import json
import re

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser
COUNTED = 30_000  # milliseconds: the first count starts a process with its libraries


@pytest.fixture
def builder(agent, demo):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/segments/new")
    return page


def row(page, number):
    return page.locator(f"[data-conditions] > li:nth-child({number})")


def field(page, number, name):
    return row(page, number).locator(f"[data-field={name}]").first


def text(page):
    return json.loads(page.input_value("#definition"))


def write(page, definition):
    page.locator("[data-text]").evaluate("it => { it.open = true; }")
    page.fill("#definition", json.dumps(definition))


def test_a_segment_is_built_with_rows_and_lives(builder, demo):
    page = builder
    assert_accessible(page)
    page.fill("#name", "Ont commandé et parlent français")
    page.click("[data-add=event]")
    field(page, 1, "name").fill("order.completed")
    field(page, 1, "count-op").select_option("gte")
    field(page, 1, "count").fill("1")
    field(page, 1, "days").fill("365")
    row(page, 1).locator("[data-where]").click()
    row(page, 1).locator("[data-wheres] [data-field=property]").fill("number")
    row(page, 1).locator("[data-wheres] [data-field=op]").select_option("exists")
    expect(row(page, 1).locator("[data-wheres] [data-field=value]")).to_be_hidden()
    page.click("[data-add=trait]")
    field(page, 2, "name").fill("language")
    field(page, 2, "value").fill("fr")
    page.click("[data-add=share]")
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


EVERY_ROW = {
    "version": 1,
    "any": [
        {"not": {"event": "page.viewed", "within_days": 30}},
        {"event": "order.completed", "count": {"lte": 2}, "where": [{"property": "total", "gte": 50.5}]},
        {"sequence": [{"event": "page.viewed"}, {"event": "order.completed"}], "within_days": 7},
        {"not": {"trait": "city", "contains": "12"}},
        {"reachable": "sms"},
        {"not": {"company": True}},
        {"company": {"trait": "employees", "gte": 10}},
        {"share": {"percent": 12.5, "seed": "A"}},
    ],
}


def test_rows_and_text_say_the_same(builder):
    page = builder
    write(page, EVERY_ROW)
    expect(page.locator("[data-conditions] > li")).to_have_count(8)
    assert text(page) == EVERY_ROW
    field(page, 1, "days").fill("31")  # the rows write it all anew
    field(page, 1, "days").fill("30")
    assert text(page) == EVERY_ROW


@pytest.mark.parametrize(
    "definition",
    [
        {"version": 1, "trait": "city", "is": "Lyon"},
        {"version": 1, "all": [{"any": [{"reachable": "sms"}]}]},
        {"version": 1, "all": [{"trait": "code", "is": "0123"}]},
        {"version": 1, "all": [{"trait": "age", "gte": 18, "lt": 30}]},
        {"version": 1, "all": [{"event": "A", "older_than_days": 3}]},
        {"version": 1, "all": [None]},
        {"version": 1, "all": [{"company": {"id": "nothing"}}]},
        {"version": 1, "all": [{"company": {"trait": "size", "gte": 1, "lt": 5}}]},
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
    page.click("[data-add=trait]")
    expect(page.locator("#preview .err")).to_be_visible(timeout=COUNTED)
    expect(page.locator("#preview .err")).to_contain_text("all[0].trait")
