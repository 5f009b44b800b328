"""A walk through every page, in both themes and languages: no axe violation, and nothing wider than the screen."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1440)
LOOKS = (("light", "fr", (360, 1440)), ("dark", "en", (768,)))  # and the widths at which axe looks
EVERYBODY = (
    "/login",
    "/nowhere",
    "/me",
    "/c/nothing",
    "/demo/shop",
    "/demo/shop/products/rivage",
    "/demo/shop/help",
    "/demo/shop/account",
)
# An address, or one that leads to another: its address and which links to follow, one after the other.
CUSTOMER = "main a[href^='/customers/']:not([href$=new])"
STAFF = (
    "/inbox",
    "/inbox?view=closed",
    "/inbox?channel=sms",
    ("/inbox", "#rows a.row"),
    ("/inbox?channel=sms", "#rows a.row"),
    ("/inbox?view=closed", "#rows a.row"),
    "/customers",
    ("/customers", "main a[href^='/customers/']"),
    ("/customers", CUSTOMER, "main a[href$='/traits']"),
    ("/customers", CUSTOMER, "main a[href*='/traits?name=']"),
    ("/customers", CUSTOMER, "main a[href$='/decisions']"),
    "/promises",
    "/review",
    "/companies",
    ("/companies", "main a[href^='/companies/']:not([href$=new])"),
    "/segments",
    ("/segments", "main a[href^='/segments/']:not([href$=new])"),
    "/segments/new",
    "/search",
    "/search?q=colis",
    "/search?q=zzzz",
    "/setup",
    "/design",
    "/settings/me",
    "/settings/factors",
    "/settings/factors/proof",
    "/settings/house",
    "/settings/sign-on",
    "/settings/brands",
    ("/settings/brands", "main a[href^='/settings/brands/']:not([href$=new])"),
    "/settings/brands/new",
    "/connections",
    ("/connections", "main a[href^='/connections/']:not([href*=new])"),
    "/connections/new/email",
    "/connections/new/sms",
    "/connections/new/chat",
    "/settings/people",
    ("/settings/people", "main a[href^='/settings/people/']:not([href$=new])"),
    "/settings/people/new",
    "/settings/teams",
    "/settings/teams/new",
    "/settings/answers",
    ("/settings/answers", "main a[href^='/settings/answers/']:not([href$=new])"),
    "/settings/answers/new",
    "/settings/keys",
    "/settings/audit",
    "/quarantine",
    "/sources",
    ("/sources", "main a[href^='/sources/']"),
    ("/sources", "main a[href$='/refusals']"),
    "/catalogue",
    ("/catalogue", "main a[href^='/catalogue/']"),
    "/catalogue?show=different",
    "/traits",
    "/traits/computed",
    "/traits/computed/new",
    "/matching",
    "/purposes",
    ("/purposes", "main a[href^='/purposes/']"),
    "/rules",
    "/promotions",
    "/promotions/try",
    "/promotions/reach",
    ("/promotions/reach", "main a[href^='/promotions/reach/']"),
    "/imports",
    "/syncs",
    "/exports",
    "/destinations",
    "/webhooks",
    "/silos",
    "/rights",
    "/rights/retention",
    "/rights/holds",
    "/demo/phone",
)


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def walker(request, demo, chromium):
    """Somebody who sees everything, in a theme and a language: her page, its scripts' errors, the widths for axe."""
    theme, language, widths = request.param
    context = chromium.new_context(color_scheme=theme, locale=language, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{demo.url}/login")
    page.fill("#email", "admin@example.com")
    page.fill("#password", "rondpoint-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox*")
    read_in(page, demo, language)
    yield page, errors, widths
    read_in(page, demo, "fr")
    context.close()


def read_in(page: Page, demo, language: str) -> None:
    """The language in which the desk speaks to her."""
    page.goto(f"{demo.url}/settings/me")
    page.select_option("#language", language)
    page.locator("#language").evaluate("field => field.form.requestSubmit()")
    page.wait_for_url("**/settings/me*")
    page.locator(f"html[lang={language}]").wait_for()


def fits(page: Page, widths: tuple[int, ...]) -> None:
    """Whether a page stays within the screen at each width, and pleases axe at some."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        assert_no_overflow(page)
        if width in widths:
            assert_accessible(page)
    assert page.locator("h1:visible").count() >= 1


@pytest.mark.parametrize("place", STAFF, ids=str)
def test_the_desk(walker, demo, place):
    page, errors, widths = walker
    page.set_viewport_size({"width": 1440, "height": 860})
    start, *links = (place,) if isinstance(place, str) else place
    page.goto(demo.url + start)
    for link in links:
        page.goto(demo.url + page.locator(link).first.get_attribute("href"))
    fits(page, widths)
    assert errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_anybody_may_open(demo, person, theme):
    page = person(color_scheme=theme, reduced_motion="reduce")
    for place in EVERYBODY:
        page.goto(demo.url + place)
        fits(page, (360,))


def test_no_door_is_left_out(demo, agent):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/settings")
    links = page.locator(".rail a, .settings > nav a, #user-menu a")
    doors = links.evaluate_all("all => all.map((one) => one.pathname)")
    assert set(doors) - {"/", "/settings"} <= {place for place in STAFF if isinstance(place, str)}
