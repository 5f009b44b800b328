"""Single sign-on in a browser: set up with its live check, then used."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, settle
from tests.browser.watching import until
from tests.peers.identity_provider import CLIENT, SECRET, IdentityProvider

pytestmark = pytest.mark.browser


@pytest.fixture
def provider():
    peer = IdentityProvider()
    yield peer
    peer.stop()


def check(page):
    settle(page)
    assert_accessible(page)
    assert_no_overflow(page)


def test_an_administrator_sets_it_up_and_a_colleague_comes_in(demo, agent, person, provider):
    desk = agent("admin@example.com", width=360)
    desk.goto(f"{demo.url}/settings/sign-on")
    check(desk)
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.click("[data-copy]")
    until(desk, "navigator.clipboard.readText().then((text) => text.endsWith('/login/sign-on/back'))")
    desk.fill("#issuer", provider.issuer + "/wrong")
    desk.fill("#client_id", CLIENT)
    desk.fill("#secret", SECRET)
    desk.fill("#label", "Maison Hirondelle")
    desk.click("button.go")
    desk.locator(".callout.bad").wait_for()
    check(desk)
    desk.fill("#issuer", provider.issuer)
    desk.click("button.go")
    desk.locator(".callout.ok").wait_for()
    check(desk)

    page = person(color_scheme="dark")
    page.goto(f"{demo.url}/login")
    check(page)
    page.locator("form[action='/login/sign-on'] button").click()
    page.wait_for_url("**/inbox*")

    desk.click("button[name=remove]")
    desk.locator("#confirm[open] [value=yes]").click()
    until(desk, "document.querySelector('#issuer').value === ''")
