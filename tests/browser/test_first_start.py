"""From an empty home to the inbox, with a mailbox that does not answer at first."""

import re

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, settle
from tests.peers.house import House, free_port, wait_for

pytestmark = pytest.mark.browser

PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture
def bare(tmp_path):
    house = House(tmp_path).start()
    yield house
    assert house.stop() == 0


def check(page):
    settle(page)
    assert_accessible(page)
    assert_no_overflow(page)


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_the_first_start_leads_to_the_inbox(bare, person, width, theme):
    said = wait_for(lambda: re.search(r"http\S+/setup\?code=\S+", (bare.folder / "house.log").read_text()))
    page = person(width=width, color_scheme=theme, locale="en-GB")
    page.goto(f"{bare.url}/setup")
    check(page)
    page.goto(said[0])
    check(page)
    page.fill("#name", "Ada Essai")
    page.fill("#email", "ada@example.com")
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_url("**/setup/brand")
    check(page)
    page.fill("#name", "Maison Hirondelle")
    page.click("button.go")
    page.wait_for_url("**/setup/mailbox")
    page.fill("#address", "hello@example.com")
    page.fill("#imap_host", "127.0.0.1")
    page.fill("#imap_port", str(free_port()))
    page.fill("#password", "secret")
    page.click("button.go")
    page.locator(".callout.bad", has_text="nobody listens").wait_for()
    check(page)
    page.fill("#imap_host", "")
    page.click("button.go")
    page.wait_for_url("**/setup/number")
    check(page)
    page.click("button[name=leave]")
    page.wait_for_url("**/setup/widget")
    page.fill("#f-origins", bare.url)
    page.click("button.go")
    page.locator("#line").wait_for()
    page.click("button[name=look]")
    page.locator(".callout.waits", has_text="does not carry the line").wait_for()
    check(page)
    page.click("button.go")
    page.wait_for_url("**/setup/colleagues")
    page.fill("#name-1", "Samir Essai")
    page.fill("#email-1", "samir@example.com")
    page.click("button.go")
    page.locator("input[readonly]").first.wait_for()
    check(page)
    page.goto(f"{bare.url}/setup/end")
    check(page)
    page.click("a.btn.go")
    page.wait_for_url("**/inbox*")
