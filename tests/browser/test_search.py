"""Searching on the desk: answers while one types, by keyboard to the message itself."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser


def test_words_lead_to_the_message_by_keyboard_alone(agent):
    page = agent()
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    page.keyboard.type("coli")
    first = page.locator("#finds a[href*='#m-']").first
    expect(first.locator("mark").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/search\?q=coli$"))
    target = first.get_attribute("href")
    for _ in range(30):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.getAttribute('href')") == target:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")
    expect(page.locator(f"[id='{target.partition('#')[2]}']")).to_be_visible()
    page.goto(page.url.partition("/conversations/")[0] + "/search")
    expect(page.get_by_role("link", name="coli", exact=True)).to_be_visible()


def test_filters_narrow_and_nothing_found_says_how_to_go_on(agent):
    page = agent()
    page.goto(page.url.partition("/inbox")[0] + "/search?q=colis")
    page.locator("select[name=channel]").select_option("sms")
    expect(page).to_have_url(re.compile("channel=sms"))
    expect(page.locator("#finds .glyph svg.c-email")).to_have_count(0)
    page.fill("#q", "introuvable zzz")
    expect(page.locator("#finds .empty")).to_be_visible()


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_and_is_accessible(agent, width, theme):
    page = agent(width=width, color_scheme=theme)
    home = page.url.partition("/inbox")[0]
    for address in ("/search", "/search?q=colis", "/search?q=zzzz&channel=sms"):
        page.goto(home + address)
        assert_no_overflow(page)
        assert_accessible(page)
