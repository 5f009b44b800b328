"""The desk and the widget in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_chat(page):
    page.locator("button.go").click()
    page.locator(".panel textarea").wait_for()


def say(page, text):
    page.locator(".panel textarea").fill(text)
    page.keyboard.press("Enter")
    page.locator(".panel .m.me", has_text=text).wait_for()


def test_a_visitor_and_an_agent_talk_live_and_nothing_is_lost_on_reload(demo, person, agent):
    desk, shop = agent(), person()
    shop.goto(f"{demo.url}/demo/shop")
    open_chat(shop)
    say(shop, "La lampe Hirondelle est-elle en stock ?")
    row = desk.locator("a.row", has_text="La lampe Hirondelle est-elle en stock")
    row.wait_for()  # by the live stream: the desk was not reloaded
    row.click()
    desk.locator(".msg.in", has_text="La lampe Hirondelle est-elle en stock").wait_for()
    desk.fill("#text", "Oui, il en reste deux à Lyon.")
    desk.locator("#composer [name=channel][value=chat]").check(force=True)
    desk.click("[data-send]")
    shop.locator(".panel .m", has_text="Oui, il en reste deux à Lyon.").wait_for()
    say(shop, "Merci, je passe demain")
    desk.locator(".msg.in", has_text="Merci, je passe demain").wait_for()
    shop.reload()
    open_chat(shop)
    shop.locator(".panel .m", has_text="Oui, il en reste deux à Lyon.").wait_for()
    shop.locator(".panel .m.me", has_text="Merci, je passe demain").wait_for()


def test_the_widget_is_used_by_keyboard_alone(demo, person):
    shop = person(width=320, height=640)
    shop.goto(f"{demo.url}/demo/shop")
    launcher = shop.locator("button.go")
    launcher.wait_for()  # hidden until the house says whether somebody answers
    launcher.focus()
    shop.keyboard.press("Enter")
    dialog = shop.get_by_role("dialog")
    dialog.wait_for()
    box = dialog.bounding_box()
    assert (box["width"], box["x"]) == (320, 0)
    shop.keyboard.type("Bonjour")
    shop.keyboard.press("Enter")
    shop.locator(".panel .m.me", has_text="Bonjour").wait_for()
    for _ in range(12):  # the focus stays in the dialog
        shop.keyboard.press("Tab")
        assert shop.evaluate("document.activeElement.shadowRoot !== null")
    shop.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert shop.evaluate("document.activeElement.shadowRoot.activeElement.className") == "go"


def test_messages_written_without_a_network_leave_when_it_is_back(demo, person, agent):
    shop = person()
    shop.goto(f"{demo.url}/demo/shop")
    open_chat(shop)
    say(shop, "Premier message")
    shop.context.set_offline(True)
    shop.locator(".panel textarea").fill("Écrit dans le métro")
    shop.keyboard.press("Enter")
    shop.locator(".panel .m.me", has_text="Écrit dans le métro").wait_for()
    shop.context.set_offline(False)
    desk = agent()
    desk.goto(f"{demo.url}/inbox")
    desk.locator("a.row", has_text="Écrit dans le métro").wait_for(timeout=30_000)


def test_words_of_strangers_run_nothing(demo, person, agent):
    shop, desk = person(), agent()
    shop.goto(f"{demo.url}/demo/shop")
    open_chat(shop)
    poison = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    say(shop, poison)
    row = desk.locator("a.row", has_text="onerror")
    row.wait_for()
    row.click()
    desk.locator(".msg.in", has_text="onerror").wait_for()
    assert "owned" not in desk.title() and "owned" not in shop.title()


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_screen_overflows(demo, agent, width):
    desk = agent("admin@example.com", width=width, height=800)
    for path in ("/inbox", "/inbox?view=closed", "/customers", "/connections", "/connections/new/email", "/quarantine"):
        desk.goto(demo.url + path)
        assert desk.evaluate("document.documentElement.scrollWidth") <= width, path
    desk.goto(f"{demo.url}/inbox")
    address = desk.locator("a.row").first.get_attribute("href")
    desk.goto(demo.url + address)
    assert desk.evaluate("document.documentElement.scrollWidth") <= width


def test_two_records_are_merged_and_separated_by_hand(demo, agent):
    desk = agent()

    def make(name):
        identifiers = [{"kind": "email", "value": f"{name}@example.net"}]
        return demo.api("POST", "/customers", json={"name": name, "identifiers": identifiers}).json()["id"]

    awa, luc = make("fusion-une"), make("fusion-deux")
    desk.goto(f"{demo.url}/customers/{awa}/compare/{luc}")
    desk.click("button[value=same]")
    desk.get_by_text("fusion-deux@example.net").first.wait_for()
    desk.get_by_role("link", name="défaire").click()
    desk.locator("main form button.danger").click()
    desk.wait_for_url("**/customers/*")
    assert desk.get_by_text("fusion-deux@example.net").count() == 0


def test_a_role_sees_only_its_doors(demo, agent):
    reader = agent("reader@example.com")
    for path in ("/connections", "/quarantine"):
        assert reader.goto(demo.url + path).status == 404
    reader.goto(f"{demo.url}/inbox")
    reader.goto(demo.url + reader.locator("a.row").first.get_attribute("href"))
    assert reader.locator("#composer").count() == 0


def test_strangers_are_sent_to_the_sign_in_page(demo, person):
    page = person()
    page.goto(f"{demo.url}/inbox")
    assert "/login?next=/inbox" in page.url


def test_on_a_small_screen_the_rest_of_the_head_stands_in_a_menu(demo, agent):
    desk = agent("samir@example.com", width=360, height=740)
    first, second = desk.locator("#rows > .line").evaluate_all("all => all.slice(0, 2).map((one) => one.dataset.id)")
    desk.locator("#rows a.row").first.click()
    desk.locator(f'#main[data-conversation="{first}"]').wait_for()
    more = desk.locator("#thread-head .more")
    more.click()
    desk.locator("#more-menu [data-menu=assign-menu]").click()
    expect(desk.locator("#assign-menu [role=menuitem]").first).to_be_focused()
    desk.keyboard.press("Escape")
    expect(more).to_be_focused()
    more.click()
    desk.locator("#more-menu [name=then]").click()
    desk.locator(f'#main[data-conversation="{second}"]').wait_for()
    assert demo.api("GET", f"/conversations/{first}").json()["state"] == "closed"


def test_a_menu_stays_open_while_the_head_is_drawn_again(demo, agent):
    desk, other = agent(), agent("samir@example.com")
    address = desk.locator("#rows a.row").first.get_attribute("href")
    for page in (desk, other):
        page.goto(demo.url + address)
    for page in (desk, other):
        expect(page.locator("[data-faces] li")).to_have_count(1)
    desk.locator("[data-menu=assign-menu]").first.click()
    other.locator("#main [data-flow]").focus()
    other.keyboard.press("a")
    expect(other.locator("#thread-head .assignee")).to_contain_text("Samir")
    expect(desk.locator("#assign-menu")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#thread-head .assignee")).to_contain_text("Samir")


def test_the_strip_of_the_settings_shows_where_one_is(demo, agent):
    desk = agent("admin@example.com", width=360, height=740)
    desk.goto(f"{demo.url}/settings/audit")
    here = desk.locator(".settings > nav a[aria-current]")
    expect(here).to_be_in_viewport(ratio=1)


def test_the_card_of_the_tour_leaves_the_last_row_clear(demo, agent):
    desk = agent(width=360, height=640)
    expect(desk.locator("#tour")).to_be_visible()
    last = desk.locator("#rows > .line").last
    desk.locator("#rows").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    row, card = last.bounding_box(), desk.locator("#tour").bounding_box()
    assert row["y"] + row["height"] <= card["y"]
    desk.goto(f"{demo.url}/customers")
    expect(desk.locator("#tour")).to_be_hidden()
