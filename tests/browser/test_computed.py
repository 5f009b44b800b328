"""Building a computed trait: the fields of each kind, the live preview, and its value on a customer's page."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser
FOUND = 60_000  # milliseconds: a preview starts a process with its libraries


@pytest.fixture
def builder(agent, demo):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/traits/computed/new")
    return page


def test_a_trait_is_built_lives_and_explains_itself(builder, demo):
    page = builder
    assert_accessible(page)
    expect(page.locator("#property")).to_be_hidden()
    page.select_option("#kind", "best_hour")
    expect(page.locator("#event")).to_be_hidden()
    expect(page.locator("#timezone")).to_be_visible()
    page.select_option("#kind", "sum")
    page.fill("#label", "Dépensé en euros")
    page.fill("#name", "spent_eur")
    page.fill("#event", "order.completed")
    page.fill("#property", "total")
    page.click("[data-add]")
    page.fill("[data-wheres] [name=where_property]", "currency")
    page.select_option("[data-wheres] [name=where_op]", "exists")
    expect(page.locator("[data-wheres] [name=where_value]")).to_be_hidden()
    page.select_option("[data-wheres] [name=where_op]", "is")
    page.fill("[data-wheres] [name=where_value]", "EUR")
    expect(page.locator("#preview .count")).to_be_visible(timeout=FOUND)
    expect(page.locator("#preview .meaning")).to_contain_text("où currency est « EUR »")
    assert_accessible(page)
    page.get_by_role("button", name="Enregistrer").click(no_wait_after=True)
    page.wait_for_url(re.compile(r"/traits/computed/[0-9a-f-]{36}$"), timeout=FOUND)
    expect(page.locator("#values table")).to_be_visible(timeout=FOUND)
    assert_accessible(page)
    assert_no_overflow(page)
    page.locator("#values tbody a", has_text="Pourquoi").first.click()
    expect(page.locator("h1")).to_have_text("Dépensé en euros")
    assert_accessible(page)
    page.locator("main a").first.click()
    expect(page.get_by_role("link", name="Dépensé en euros")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{demo.url}/traits/computed")
    expect(page.get_by_role("link", name="Dépensé en euros")).to_be_visible()
    assert_no_overflow(page)


def test_what_was_typed_stays_when_something_is_wrong(builder):
    page = builder
    page.fill("#label", "Panier")
    page.fill("#name", "Panier !")
    page.fill("#event", "order.completed")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#e-name")).to_be_visible()
    assert page.input_value("#name") == "Panier !" and page.input_value("#event") == "order.completed"
    assert_accessible(page)
