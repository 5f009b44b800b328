"""Companies on the desk: found, looked at, joined with a person, on a screen and on a telephone."""

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser


def test_a_company_is_found_and_shows_its_people_and_what_they_did(agent, demo):
    page = agent()
    page.goto(f"{demo.url}/companies")
    assert_accessible(page)
    page.fill("#find", "brasserie")
    expect(page.locator("#companies tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Brasserie du Sablon").click()
    page.wait_for_url("**/companies/*")
    expect(page.get_by_role("heading", name="Personnes")).to_be_visible()
    expect(page.locator(".held a[href^='/customers/']")).to_have_count(3)
    assert_accessible(page)
    page.locator(".pills a").first.click()
    expect(page.locator(".pills a[aria-current=true]")).to_have_count(1)
    expect(page.locator("ol.time .s a[href^='/customers/']").first).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 780})
    assert_no_overflow(page)
    page.goto(f"{demo.url}/companies")
    assert_no_overflow(page)


def test_who_is_suggested_by_her_address_is_added(agent, demo):
    page = agent()
    page.goto(f"{demo.url}/companies?q=quais")
    page.get_by_role("link", name="Hôtel des Quais").click()
    page.wait_for_url("**/companies/*")
    expect(page.get_by_role("heading", name="Peut-être aussi")).to_be_visible()
    page.get_by_role("button", name="Oui").first.click()
    expect(page.get_by_role("heading", name="Peut-être aussi")).to_be_hidden()
    expect(page.locator(".held a[href^='/customers/']")).to_have_count(3)
    page.get_by_role("link", name="Hôtel des Quais").first.click()
    page.wait_for_url("**/customers/*")
    expect(page.locator("a[href^='/companies/']").first).to_have_text("Hôtel des Quais")
    assert_accessible(page)
