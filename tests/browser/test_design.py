"""The design system in a browser: accessible, reachable by keyboard and never too wide, in both themes."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, assert_reachable
from tests.browser.watching import until

pytestmark = pytest.mark.browser

WIDTHS = (360, 768, 1440)
THEMES = ("light", "dark")


@pytest.fixture
def look(demo, agent):
    """Opens a page as somebody signed in, at a width and in a theme."""
    page = agent()

    def opened(path, width=1440, theme="light"):
        page.set_viewport_size({"width": width, "height": 860})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.goto(demo.url + path)
        return page

    return opened


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", (360, 1440))
def test_the_design_page_has_no_violation(look, width, theme):
    page = look("/design", width, theme)
    page.locator("#icons").wait_for()
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_design_page_is_never_too_wide(look, width):
    assert_no_overflow(look("/design", width))


def test_every_control_of_the_design_page_is_reached_by_tab(look):
    assert_reachable(look("/design"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", (360, 1440))
def test_the_pages_before_signing_in(demo, person, width, theme):
    page = person(width=width, height=780, color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{demo.url}/login")
    assert_accessible(page)
    assert_no_overflow(page)
    assert_reachable(page)
    page.goto(f"{demo.url}/nowhere")
    assert page.locator("h1").count() == 1
    assert_accessible(page)
    assert_no_overflow(page)


def test_the_appearance_is_changed_at_once_and_stays(look):
    page = look("/design")
    page.locator("[data-menu=user-menu]").click()
    assert_accessible(page, "#user-menu")
    with page.expect_response("**/settings/appearance") as told:
        page.locator("#user-menu [value=dark]").check(force=True)
    assert told.value.status == 204
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.keyboard.press("?")
    page.locator("#keys-help[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-menu=user-menu]").click()
    with page.expect_response("**/settings/appearance"):
        page.locator("#user-menu [value='']").check(force=True)
    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_a_menu_is_walked_by_arrows_and_gives_the_focus_back(look):
    page = look("/design")
    opener = page.locator("[data-menu=d-menu]")
    opener.focus()
    page.keyboard.press("Enter")
    page.locator("#d-menu:popover-open").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "menuitemradio"
    assert_accessible(page, "#d-menu")
    page.keyboard.press("Escape")
    until(page, "document.activeElement.dataset.menu === 'd-menu'")
    assert opener.get_attribute("aria-expanded") == "false"


def test_dialogs_toasts_and_sources(look):
    page = look("/design")
    page.locator("[data-open=d-dialog]").click()
    page.locator("#d-dialog[open]").wait_for()
    assert_accessible(page, "#d-dialog")
    page.keyboard.press("Escape")
    page.locator("#d-dialog[open]").wait_for(state="detached")
    page.locator("[data-d-toast]").first.click()
    toast = page.locator(".toast")
    toast.wait_for()
    assert_accessible(page, "#toasts")
    toast.locator("[data-gone]").click()
    toast.wait_for(state="detached")
    page.locator(".sourced").click()
    page.locator(".pop:popover-open").wait_for()
    assert_accessible(page, ".pop:popover-open")


def test_the_keyboard_help_lists_the_keys_of_the_page(look):
    page = look("/design")
    page.keyboard.press("?")
    help_ = page.locator("#keys-help[open]")
    help_.wait_for()
    assert help_.locator("dd").count() >= 3
    assert_accessible(page, "#keys-help")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/inbox*")


def test_the_desk_says_that_the_line_is_down_and_that_it_is_back(look):
    """The line is cut. Whether the browser calls itself online proves nothing on a machine with loopback only."""
    page = look("/inbox")
    page.route("**/desk/ticket*", lambda route: route.abort())
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    banner = page.locator("#offline")
    banner.wait_for()
    assert_accessible(page, "#offline")
    page.unroute("**/desk/ticket*")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    banner.wait_for(state="hidden")


def test_a_role_without_settings_finds_no_door_to_them(agent):
    page = agent("reader@example.com")
    assert page.locator(".rail a[href='/connections']").count() == 0
    assert page.locator(".rail a[href='/inbox'][aria-current=page]").count() == 1
