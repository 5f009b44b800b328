"""Probable links on their screen: the owner looks, chooses and asks for a comparison; wide and narrow."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_the_screen_reads_well(agent, demo, width, scheme):
    page = agent("admin@example.com", width=width, color_scheme=scheme)
    page.goto(f"{demo.url}/matching")
    expect(page.locator("h1")).to_have_text(re.compile("Probable links|Liens probables"))
    page.locator("details").evaluate("it => { it.open = true; }")
    assert_accessible(page)
    assert_no_overflow(page)


@pytest.fixture
def as_before(demo):
    """The demo company goes on suggesting and links nobody by itself: other tests have people much alike."""
    before = demo.api("GET", "/matching").json()
    yield
    said = {name: before[name] for name in ("on", "suggest_from", "open_from")}
    assert demo.api("PUT", "/matching", json=said).status_code == 200


def test_thresholds_are_chosen_and_a_comparison_is_asked_for(agent, demo, as_before):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/matching")
    page.select_option("#suggest_from", "0.9")
    page.select_option("#open_from", "0.999")
    page.locator("form:has(#suggest_from) button").click()
    expect(page.locator("#suggest_from")).to_have_value("0.9")
    expect(page.locator("#open_from")).to_have_value("0.999")
    page.locator("form[action='/matching/runs'] button").click()
    expect(page.locator("tbody").last.locator("tr").first).to_contain_text("admin@example.com")
