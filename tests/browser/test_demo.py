"""The demo as a newcomer meets it: on one phone from chat to SMS to e-mail, with the desk beside it."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.watching import until
from tests.peers.house import House, wait_for

from rondpoint.demo.traffic import PAUSE

pytestmark = pytest.mark.browser
LEFT = 20_000  # milliseconds: an answer by SMS or mail may be taken back before it leaves
CHAT, SMS, MAIL = (
    "Mon tabouret grince un peu",
    "Oui, par SMS c’est mieux",
    "Voici ce que je voulais vous écrire au long",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("demo"), "--demo")
    del house.environment["RONDPOINT_ALLOW_PRIVATE"]  # as `make run` starts it
    house.start()
    yield house
    assert house.stop() == 0


@pytest.fixture(scope="module")
def browser(chromium):
    return chromium


@pytest.fixture
def console():
    return []


@pytest.fixture
def phone(browser: Browser, demo: House, console: list):
    page = _page(browser, 1100, 900, console)
    page.goto(f"{demo.url}/demo/phone")
    yield page
    page.context.close()


@pytest.fixture
def desk(browser: Browser, demo: House, console: list):
    page = _page(browser, 1440, 900, console)
    page.goto(f"{demo.url}/login")
    page.fill("#email", "ines@example.com")
    page.fill("#password", "rondpoint-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    yield page
    page.context.close()


def _page(browser: Browser, width: int, height: int, console: list) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR").new_page()
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    return page


def _answer(desk: Page, channel: str, text: str) -> None:
    desk.locator(f'#composer input[name="channel"][value="{channel}"]').check(force=True)
    desk.fill("#text", text)
    desk.click("[data-send]")
    expect(desk.locator(".flow")).to_contain_text(text)


def test_chat_then_sms_then_mail_is_one_conversation(phone: Page, desk: Page, demo: House, console: list):
    phone.click('[data-open="web"]')
    shop = phone.frame_locator("#web")
    shop.locator("button.go").click()
    shop.locator('[role="dialog"] textarea').fill(CHAT)
    shop.locator('[role="dialog"] textarea').press("Enter")
    row = desk.locator(".row", has_text=CHAT)
    expect(row).to_be_visible()
    expect(row).to_contain_text("Awa Diallo")
    row.click()
    expect(desk.locator(".flow")).to_contain_text(CHAT)
    expect(desk.locator("#tour .done")).to_have_attribute("data-step", "chat")

    _answer(desk, "sms", "Bonjour, puis-je vous répondre ici ?")
    expect(phone.locator("#banner")).to_contain_text("puis-je vous répondre ici", timeout=LEFT)
    phone.click("#banner")
    phone.fill("#sms-text", SMS)
    phone.keyboard.press("Enter")
    expect(phone.locator("#sms-list .out").last).to_have_text(SMS)
    expect(desk.locator(".flow")).to_contain_text(SMS)

    _answer(desk, "email", "Voici la notice, par e-mail.")
    expect(phone.locator("#banner")).to_contain_text("Voici la notice", timeout=LEFT)
    phone.click("#banner")
    phone.locator("#mail-list details.unread summary").first.click()
    phone.locator("#mail-list .mail-reply:visible").click()
    phone.fill("#mail-text", MAIL)
    phone.click("#mail-form .primary")
    expect(desk.locator(".flow")).to_contain_text(MAIL)
    expect(phone.locator(".steps li.done")).to_have_count(3)
    expect(desk.locator("#tour .done")).to_have_count(3)
    expect(desk.locator("#tour .tour-done")).not_to_have_attribute("hidden", "")

    found = demo.api("GET", "/customers?identifier=email:awa.diallo@example.org").json()["items"]
    assert len(found) == 1
    conversations = demo.api("GET", f"/conversations?customer={found[0]['id']}").json()["items"]
    open_ = [one for one in conversations if one["state"] != "closed"]
    assert len(open_) == 1
    messages = demo.api("GET", f"/conversations/{open_[0]['id']}/messages").json()["items"]
    assert [(m["channel"], m["direction"]) for m in messages] == [
        ("chat", "in"), ("sms", "out"), ("sms", "in"), ("email", "out"), ("email", "in")
    ]  # fmt: skip
    wait_for(lambda: _state(demo, open_[0]["id"], 1) == "delivered", what="the carrier's report")
    assert messages[4]["text"].strip() == MAIL, "what she quoted is folded"
    assert not console


def _state(demo: House, conversation: str, position: int) -> str:
    return demo.api("GET", f"/conversations/{conversation}/messages").json()["items"][position]["state"]


def test_the_link_of_an_sms_opens_in_the_phone_itself(phone: Page, desk: Page, console: list):
    phone.click('[data-open="sms"]')
    phone.fill("#sms-text", "Avez-vous une photo du socle ?")
    phone.keyboard.press("Enter")
    row = desk.locator(".row", has_text="Avez-vous une photo du socle")
    row.click()
    expect(desk.locator(".flow")).to_contain_text("une photo du socle")
    desk.click("#composer [data-pivot]")
    desk.locator("#elsewhere [value=link]").check()
    desk.select_option("#elsewhere #way", "sms")
    desk.click("#elsewhere form .go")
    link = phone.locator("#sms-list .in a[href*='/c/']").last
    link.wait_for(timeout=LEFT)
    link.click()
    expect(phone.locator("[data-app=web]")).to_be_visible()
    opened = phone.frame_locator("#web")
    opened.locator("main button.go").click()
    opened.locator("textarea").first.wait_for()
    assert phone.frames[1].url.endswith("/me")
    assert len(phone.context.pages) == 1
    assert not console


def test_live_traffic_brings_rows_until_it_is_switched_off(desk: Page, demo: House):
    before = desk.locator("#rows > .line").evaluate_all("all => all.map((one) => one.dataset.id)")
    _unfold(desk)
    desk.check("#tour [data-tour-traffic]")
    until(
        desk,
        "(before) => [...document.querySelectorAll('#rows > .line')].some((one) => !before.includes(one.dataset.id))",
        before,
        60,
    )
    with desk.expect_response("**/demo/traffic"):
        desk.uncheck("#tour [data-tour-traffic]")
    desk.reload()
    expect(desk.locator("#tour [data-tour-traffic]")).not_to_be_checked()
    # One turn may have been under way; after it there is silence for longer than the longest pause between two.
    wait_for(_silence(demo, PAUSE[1] + 1), 40, "the end of the traffic")


def test_one_press_brings_the_first_day_back(desk: Page, demo: House):
    done_here = {one["id"] for one in _open(demo)}
    _unfold(desk)
    desk.click("[data-tour-reset]")
    expect(desk.locator(".tour-sure .danger")).to_be_focused()
    with desk.expect_navigation(url="**/inbox"):
        desk.keyboard.press("Enter")
    fresh = _open(demo)
    assert len(fresh) > 5
    assert not done_here & {one["id"] for one in fresh}
    assert all(one["customer"]["name"] for one in fresh), "nobody is a visitor on the first day"
    expect(desk.locator("#rows > .line")).to_have_count(len(fresh))
    expect(desk.locator("#tour .done")).to_have_count(0)


def _open(demo: House) -> list[dict]:
    return demo.api("GET", "/conversations?state=open&limit=100").json()["items"]


def _silence(demo: House, seconds: float) -> Callable[[], bool]:
    """A condition: nobody has written anything for that long."""
    heard: dict[str, object] = {}

    def silent() -> bool:
        rows = demo.api("GET", "/conversations?limit=50").json()["items"]
        said = [(one["id"], one["last_message_at"], one["state"]) for one in rows]
        if heard.get("said") != said:
            heard.update(said=said, since=time.monotonic())
        return time.monotonic() - heard["since"] > seconds

    return silent


def _unfold(desk: Page) -> None:
    expect(desk.locator("#tour")).to_be_visible()
    if desk.locator("#tour.folded").count():
        desk.click("[data-tour-fold]")


@pytest.mark.parametrize("path", ["shop", "shop/products/rivage", "shop/help", "shop/account", "phone"])
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_nothing_is_wider_than_the_screen(browser: Browser, demo: House, console: list, path: str, width: int):
    page = _page(browser, width, 800, console)
    assert page.goto(f"{demo.url}/demo/{path}").status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not console
    page.context.close()


def test_signing_in_and_changing_the_language_of_the_shop(browser: Browser, demo: House, console: list):
    page = _page(browser, 1000, 800, console)
    page.goto(f"{demo.url}/demo/shop/account")
    page.get_by_role("button", name=re.compile("Margaret")).click()
    expect(page.locator("h1")).to_have_text("Good day, Margaret O’Neill")
    page.get_by_role("button", name="FR").click()
    expect(page.locator("h1")).to_have_text("Bonjour, Margaret O’Neill")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("h1")).to_have_text("Mon compte")
    page.context.close()
