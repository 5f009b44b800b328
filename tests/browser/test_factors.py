"""Second factors in a browser: an app set up and used, a passkey made and used alone."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, settle
from tests.peers.house import House

from rondpoint.accounts.factors import totp
from rondpoint.lib import clock

pytestmark = pytest.mark.browser

PASSWORD = "roundabout-of-the-north-9"


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A house that is reached by a name: a passkey belongs to a domain."""
    house = House(tmp_path_factory.mktemp("factors"))
    house.url = house.environment["RONDPOINT_URL"] = f"http://localhost:{house.port}"
    for name in ("ada", "bea", "cleo"):
        house.run("user", "create", f"{name}@example.com", "--admin", stdin=PASSWORD)
    house.start()
    yield house
    assert house.stop() == 0


@pytest.fixture
def signed_in(named, person):
    def sign_in(name, **options):
        page = person(locale="en-GB", **options)
        page.goto(f"{named.url}/login")
        page.fill("#email", f"{name}@example.com")
        page.fill("#password", PASSWORD)
        page.click("button.go")
        page.wait_for_url("**/inbox*")
        return page

    return sign_in


def check(page):
    settle(page)
    assert_accessible(page)
    assert_no_overflow(page)


def sign_out(page, house):
    page.context.clear_cookies()
    page.goto(f"{house.url}/login")


@pytest.mark.parametrize(("name", "width", "theme"), [("ada", 360, "light"), ("bea", 1280, "dark")])
def test_an_app_is_set_up_and_asked_for(named, signed_in, name, width, theme):
    page = signed_in(name, width=width, color_scheme=theme)
    page.goto(f"{named.url}/settings/factors")
    check(page)
    page.click("button.go")
    page.wait_for_url("**/settings/factors/totp")
    check(page)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.fill("#code", totp.code(secret, totp.step_at(clock.now()) - 1))
    page.fill("#label", "Telephone")
    page.click("button.go")
    codes = page.locator("#codes").inner_text().split()
    assert len(codes) == 10
    check(page)
    sign_out(page, named)
    page.fill("#email", f"{name}@example.com")
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_url("**/login/factor")
    check(page)
    page.fill("#code", "000000")
    page.click("button.go")
    page.locator(".callout.bad").wait_for()
    page.fill("#code", codes[0])
    page.click("button.go")
    page.wait_for_url("**/inbox*")
    page.goto(f"{named.url}/settings/house")
    check(page)


def test_a_passkey_is_made_and_opens_the_door_alone(named, signed_in):
    page = signed_in("cleo")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{named.url}/settings/factors")
    page.fill("#passkey-label", "My telephone")
    page.click("form[data-make] button")
    page.locator("input[name=label][value='My telephone']").wait_for()
    check(page)
    sign_out(page, named)
    check(page)
    page.click("form[data-passkey] button")
    page.wait_for_url("**/inbox*")
