"""The list and the palette in a real browser, by keyboard and by hand."""

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow

pytestmark = pytest.mark.browser


def rows(page):
    return page.locator("#rows > .line")


def ids(page):
    return rows(page).evaluate_all("all => all.map((one) => one.dataset.id)")


def opened(page, id_):
    page.locator(f'#main[data-conversation="{id_}"]').wait_for()


def write_in_chat(demo, person, text):
    """A stranger begins a conversation in the shop's chat."""
    shop = person()
    shop.goto(f"{demo.url}/demo/shop")
    shop.locator("button.go").click()
    shop.locator(".panel textarea").fill(text)
    shop.keyboard.press("Enter")
    shop.locator(".panel .m.me", has_text=text).wait_for()


def test_a_morning_through_the_list_by_keys(demo, agent):
    desk = agent()
    first, second, third = ids(desk)[:3]
    desk.keyboard.press("j")
    opened(desk, first)
    desk.keyboard.press("j")
    opened(desk, second)
    expect(desk.locator(f'[data-id="{second}"] a.row')).to_be_focused()
    assert second in desk.url
    desk.keyboard.press("k")
    opened(desk, first)
    desk.go_back()
    opened(desk, second)
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    opened(desk, third)
    desk.keyboard.press("x")
    expect(desk.locator("#bulk [data-chosen]")).to_have_text("2")
    before = desk.locator('.views [data-count="open"]').inner_text()
    desk.keyboard.press("e")
    expect(desk.locator(f'[data-id="{second}"]')).to_have_count(0)
    expect(desk.locator(f'[data-id="{third}"]')).to_have_count(0)
    expect(desk.locator('.views [data-count="open"]')).to_have_text(str(int(before) - 2))
    desk.locator(".toast [data-undo]").click()
    desk.locator(f'[data-id="{third}"]').wait_for()
    assert ids(desk)[:3] == [first, second, third]
    expect(desk.locator('.views [data-count="open"]')).to_have_text(before)


def test_nothing_jumps_while_somebody_is_in_the_list(demo, agent, person):
    desk = agent()
    rows(desk).nth(2).hover()
    there, at = ids(desk), rows(desk).nth(2).bounding_box()
    write_in_chat(demo, person, "Personne ne doit sauter")
    desk.locator("#list-fresh").wait_for()
    assert ids(desk) == there
    # The bar takes its own line once; the rows keep their order and their place to each other.
    assert rows(desk).nth(2).bounding_box()["height"] == at["height"]
    desk.locator("#list-fresh").click()
    expect(rows(desk).first).to_contain_text("Personne ne doit sauter")
    expect(desk.locator("#list-fresh")).to_be_hidden()


def test_a_new_conversation_takes_its_place_by_itself(demo, agent, person):
    desk = agent()
    write_in_chat(demo, person, "Je prends ma place")
    expect(rows(desk).first).to_contain_text("Je prends ma place")


def test_putting_aside_with_a_date_and_an_order_of_ones_own(demo, agent):
    desk = agent()
    first = ids(desk)[0]
    desk.keyboard.press("j")
    opened(desk, first)
    desk.keyboard.press("s")
    desk.locator("#bulk-snooze").wait_for()
    desk.keyboard.press("End")
    desk.keyboard.press("Enter")
    desk.locator("#list-snooze-at").fill("2030-01-07T09:00")
    desk.locator("#list-snooze-form .go").click()
    expect(desk.locator("#list-snooze-dialog")).to_be_hidden()
    desk.locator(".toast.bad").wait_for()  # further than a year: said, and nothing changed
    assert first in ids(desk)
    desk.keyboard.press("s")
    desk.locator("#bulk-snooze").wait_for()
    desk.keyboard.press("Enter")
    expect(desk.locator(f'[data-id="{first}"]')).to_have_count(0)
    desk.locator(".toast [data-undo]").last.click()
    desk.locator(f'[data-id="{first}"]').wait_for()


def test_a_filter_is_kept_as_a_view(demo, agent):
    desk = agent("olivia@example.com")
    desk.goto(f"{demo.url}/inbox?view=closed")  # some are there whatever was closed before
    desk.keyboard.press("f")
    expect(desk.locator("#filter-text")).to_be_focused()
    desk.select_option("#filter-channel", "sms")
    desk.locator("#filter-form .go").click()
    desk.wait_for_url("**channel=sms*")
    assert "text=" not in desk.url
    expect(rows(desk).locator("svg.c-sms").first).to_be_visible()
    desk.locator(".narrowed .link").click()
    desk.fill("#save-name", "SMS du matin")
    desk.keyboard.press("Enter")
    expect(desk.locator("#inbox h1")).to_have_text("SMS du matin")
    desk.locator(".views .more").click()
    desk.locator("#views-menu [data-open=view-dialog]").click()
    desk.locator("#view-dialog .danger").click()
    desk.locator("#confirm [value=yes]").click()
    expect(desk.locator("#inbox h1")).not_to_have_text("SMS du matin")


def test_the_palette_by_keyboard_alone(demo, agent):
    desk = agent()
    field = desk.locator("#palette-input")
    desk.keyboard.press("Control+k")
    expect(field).to_be_focused()
    expect(desk.locator("#palette [role=option]").nth(5)).to_be_visible()
    assert_accessible(desk, "#palette")
    desk.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "palette-1"
    desk.keyboard.type("closed" if desk.locator("html").get_attribute("lang") == "en" else "close")
    expect(desk.locator("#palette [aria-selected=true]")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#palette")).to_be_hidden()
    name = rows(desk).nth(1).locator(".who").inner_text().split("\n")[0].strip()
    desk.keyboard.press("Control+k")
    assert field.input_value() == ""
    desk.keyboard.type(name)
    found = desk.locator("#palette [role=option]", has_text=name).first
    found.wait_for()
    desk.keyboard.press("Escape")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (768, "dark"), (1440, "light"), (1440, "dark")])
def test_the_list_is_open_to_everybody(demo, agent, width, scheme):
    desk = agent(width=width, height=800, color_scheme=scheme)
    assert_no_overflow(desk)
    assert_accessible(desk)
    desk.locator("#pick-button").click()
    rows(desk).first.locator(".pick").click()
    desk.locator("#bulk").wait_for()
    assert_no_overflow(desk)
    assert_accessible(desk, "#inbox")


def test_one_pane_at_a_time_on_a_small_screen(demo, agent):
    desk = agent(width=360, height=740, has_touch=True)
    first = ids(desk)[0]
    rows(desk).first.locator("a.row").click()
    opened(desk, first)
    expect(desk.locator("#inbox")).to_be_hidden()
    desk.locator("#main .head a.back").click()
    expect(desk.locator("#inbox")).to_be_visible()
    desk.go_back()
    opened(desk, first)
