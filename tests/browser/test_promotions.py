"""What customers get, and trying the gate, on their screens: wide and narrow, light and dark, with the keyboard."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow
from tests.browser.test_walk import read_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_the_screens_read_well(agent, demo, width, scheme):
    page = agent("admin@example.com", width=width, color_scheme=scheme)
    page.goto(f"{demo.url}/promotions")
    expect(page.locator("h1")).to_have_text(re.compile("What customers get|Ce que reçoivent les clients"))
    assert_accessible(page)
    assert_no_overflow(page)
    awa = demo.api("GET", "/customers?identifier=email:awa.diallo@example.org").json()["items"][0]["id"]
    page.goto(f"{demo.url}/promotions/try?customer={awa}&purpose=offers&channel=email&at=2026-12-02T23:30")
    expect(page.locator(".verdict .law li").first).to_be_visible()
    assert_accessible(page)
    assert_no_overflow(page)


def test_a_cap_is_kept_and_a_mistake_is_said(agent, demo):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/promotions")
    page.locator("[name=most]").first.fill("2")
    page.locator("[name=channel]").first.select_option("sms")
    page.locator("[name=hold_out]").fill("500")
    page.locator("form button.go").last.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("[name=most]").first).to_have_value("2")
    page.locator("[name=hold_out]").fill("0")
    page.locator("form button.go").last.press("Enter")
    expect(page.locator("[role=status].callout")).to_be_visible()
    expect(page.locator("[name=channel]").first).to_have_value("sms")
    page.locator("[name=most]").first.fill("")
    page.locator("form button.go").last.press("Enter")
    expect(page.locator("[name=most]").first).to_have_value("")


def test_the_gate_is_tried_on_somebody(agent, demo):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/promotions/try")
    page.locator("#q").fill("a")
    page.locator("#purpose").select_option("offers")
    page.locator("#channel").select_option("email")
    page.locator(".trying button.go").press("Enter")
    found = page.locator(".found input")
    if found.count():
        found.first.check()
        page.locator(".trying button.go").press("Enter")
    expect(page.locator(".verdict .steps li").first).to_be_visible()
    expect(page.locator(".verdict h2 .badge")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme", "locale", "said"),
    [(1280, "light", "en", "it costs 6.5 cents"), (360, "dark", "fr", "l’envoi coûte 6,5 centimes")],
)
def test_a_price_weighs_in_the_choice_of_a_channel(agent, demo, width, scheme, locale, said):
    page = agent("admin@example.com", width=width, color_scheme=scheme)
    read_in(page, demo, locale)
    page.goto(f"{demo.url}/promotions")
    page.locator("[name=price-channel]").first.select_option("sms")
    page.locator("[name=price-countries]").first.fill("France")
    page.locator("[name=price-cents]").first.fill("6,5")
    page.locator("form button.go").last.press("Enter")
    expect(page.locator("[role=status].callout")).to_be_visible()
    expect(page.locator("[name=price-countries]").first).to_have_value("FR")
    assert_accessible(page)
    assert_no_overflow(page)
    awa = demo.api("GET", "/customers?identifier=email:awa.diallo@example.org").json()["items"][0]["id"]
    page.goto(f"{demo.url}/promotions/try?customer={awa}")
    page.locator("#purpose").select_option("service")
    page.locator(".trying button.go").press("Enter")
    choice = page.locator(".verdict .choice li")
    expect(choice.first.locator(".badge.ok")).to_be_visible()
    expect(page.locator(".verdict .choice")).to_contain_text(said)
    assert_accessible(page)
    assert_no_overflow(page)
    page.locator("[name=step]").select_option("3")
    page.locator("[name=of]").select_option("3")
    page.locator(".trying button.go").press("Enter")
    expect(choice.first).to_contain_text("SMS")
    choice.first.locator("a").press("Enter")
    expect(page.locator("#channel")).to_have_value("sms")
    expect(page.locator(".verdict .steps li").first).to_be_visible()
    read_in(page, demo, "fr")
