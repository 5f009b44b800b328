"""A customer in a browser: found, written down, edited, filtered, joined, separated, kept apart."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, settle

pytestmark = pytest.mark.browser


def check(page):
    settle(page)
    assert_accessible(page)
    assert_no_overflow(page)


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1440, "dark")])
def test_a_customer_is_found_written_down_and_edited(demo, agent, width, theme):
    name = f"Perrine Essai {theme}"
    desk = agent(width=width, color_scheme=theme)
    desk.goto(f"{demo.url}/customers")
    check(desk)
    desk.locator("#find").fill(name)
    desk.locator("#people .empty a.btn").click()
    desk.wait_for_url("**/customers/new*")
    assert desk.locator("#c-name").input_value() == name
    check(desk)
    desk.fill("#c-email", "perrine@@example")
    desk.click("main button.go")
    desk.locator("#e-email").wait_for()
    assert desk.locator("#c-name").input_value() == name
    desk.fill("#c-email", f"perrine.{theme}@example.net")
    desk.click("main button.go")
    desk.locator(".done").wait_for()
    check(desk)
    desk.click('.doors a[href$="/edit"]')
    desk.wait_for_url("**/edit")
    check(desk)
    desk.fill("#c-new", "Pointure")
    desk.fill("#c-new_value", "39")
    desk.select_option("#c-language", "fr")
    desk.click("main button.go")
    desk.locator(".sourced", has_text="39").first.wait_for()
    desk.goto(f"{demo.url}/customers?q=perrine.{theme}")
    desk.locator("#people a", has_text=name).wait_for()


def test_an_address_that_is_somebodys_leads_to_her(demo, agent):
    made = {"name": "Gaëlle Essai", "identifiers": [{"kind": "email", "value": "gaelle@example.net"}]}
    number = demo.api("POST", "/customers", json=made).json()["id"]
    desk = agent()
    desk.goto(f"{demo.url}/customers/new")
    desk.fill("#c-email", "Gaelle@example.net")
    desk.click("main button.go")
    assert desk.locator(".callout.waits a").get_attribute("href") == f"/customers/{number}"


def test_the_timeline_is_filtered_without_leaving_the_page(demo, agent):
    desk = agent()
    desk.goto(f"{demo.url}/inbox")
    desk.locator("a.row").first.click()
    desk.locator(".cust a[href^='/customers/']").first.click()
    desk.wait_for_url("**/customers/*")
    pill = desk.locator(".happened .pill").first
    pill.click()
    desk.locator(".happened .pill[aria-current]").wait_for()
    assert "kind=" in desk.url
    desk.reload()
    desk.locator(".happened .pill[aria-current]").click()
    desk.locator(".happened .pill[aria-current]").wait_for(state="detached")


def test_two_records_are_joined_separated_and_kept_apart(demo, agent):
    def make(name):
        said = {"name": name, "identifiers": [{"kind": "email", "value": f"{name}@example.net"}]}
        return demo.api("POST", "/customers", json=said).json()["id"]

    left, right = make("paire-une"), make("paire-deux")
    desk = agent()
    desk.goto(f"{demo.url}/customers/{left}/compare/{right}")
    check(desk)
    desk.click("button[value=different]")
    check(desk)
    desk.click(".done button")  # taken back
    desk.wait_for_url("**done=unsaid**")
    desk.goto(f"{demo.url}/customers/{left}/compare/{right}")
    assert desk.locator("main .callout").count() == 0
    desk.click("button[value=same]")
    desk.wait_for_url("**done=joined**")
    desk.goto(f"{demo.url}/customers/{left}/links")
    check(desk)
    desk.locator(".edges a.btn").click()
    check(desk)
    desk.locator("main form button.danger").click()
    desk.wait_for_url("**done=separated**")
    desk.goto(f"{demo.url}/customers/{left}/compare/{right}")
    desk.locator("main .callout").wait_for()  # a separation says that they are two
