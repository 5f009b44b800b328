"""An agent's morning by keyboard alone: from signing in to signing out, no press of a mouse."""

import smtplib
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser

BRAND = "bonjour@hirondelle.example.com"
NO_MOUSE = """for (const kind of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(kind, () => { throw new Error("a press of the mouse"); }, true);"""


@pytest.fixture
def keyboard(demo, person):
    """Signs somebody in by keyboard; a press of the mouse would be an error of the page, which fails the test."""

    def sign_in(email="ines@example.com", **options) -> Page:
        page = person(**options)
        page.add_init_script(NO_MOUSE)
        page.goto(f"{demo.url}/login")
        expect(page.locator("#email")).to_be_focused()
        page.keyboard.type(email)
        page.keyboard.press("Tab")
        page.keyboard.type("rondpoint-demo")
        page.keyboard.press("Enter")
        page.wait_for_url("**/inbox*")
        return page

    return sign_in


@pytest.fixture
def claire(demo):
    """Opens a conversation by mail with somebody who also has a telephone; its public id."""

    def writes(subject: str, number: str) -> str:
        address = f"claire.{number}@example.org"
        identifiers = [{"kind": "email", "value": address}, {"kind": "phone", "value": f"+331990077{number}"}]
        demo.api("POST", "/customers", json={"name": f"Claire Matin {number}", "identifiers": identifiers})
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Claire <{address}>", BRAND, subject
        mail["Message-ID"] = f"<{number}.morning@example.org>"
        mail.set_content("Bonjour, ma lampe Hirondelle est-elle partie ?")
        with smtplib.LMTP("127.0.0.1", demo.lmtp_port) as lmtp:
            lmtp.sendmail(address, [BRAND], mail.as_bytes())

        def there():
            rows = demo.api("GET", "/conversations?state=open&limit=50").json()["items"]
            return next((row["id"] for row in rows if row["subject"] == subject), None)

        return wait_for(there, what=subject)

    return writes


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Tab until the focus is on what the selector names."""
    for _ in range(most):
        if page.evaluate("(wanted) => Boolean(document.activeElement?.matches(wanted))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}; it ended on {focused(page)}")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement?.outerHTML.slice(0, 160)")


def opened(page: Page, id_: str) -> None:
    page.locator(f'#main[data-conversation="{id_}"]').wait_for()


def open_by_keys(page: Page, id_: str) -> None:
    """Through the list, down or up, to a row, then into its conversation."""
    page.locator(f'#rows [data-id="{id_}"]').wait_for()
    for _ in range(40):
        way = page.evaluate(
            """(id) => {
              const all = [...document.querySelectorAll("#rows > .line")];
              const now = all.findIndex((one) => one.querySelector("a.row[aria-current]"));
              return all.findIndex((one) => one.dataset.id === id) - now;
            }""",
            id_,
        )
        if way == 0:
            break
        page.keyboard.press("j" if way > 0 else "k")
    opened(page, id_)
    page.keyboard.press("Enter")
    expect(page.locator("#main [data-flow]")).to_be_focused()


def choose_road(page: Page, channel: str) -> None:
    """The arrows go through the roads above the box, as through any radio buttons."""
    for _ in range(8):
        if page.evaluate("document.activeElement.matches('#composer [name=channel]') && document.activeElement.value"):
            break
        page.keyboard.press("Shift+Tab")
    for _ in range(8):
        if page.locator(f"#composer [name=channel][value={channel}]").is_checked():
            break
        page.keyboard.press("ArrowRight")
    expect(page.locator(f"#composer [name=channel][value={channel}]")).to_be_focused()
    tab_to(page, "#text")


def test_an_answer_on_another_channel_a_note_and_a_canned_answer(keyboard, claire, demo):
    id_ = claire("Ma lampe du matin", "01")
    desk = keyboard()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    expect(desk.locator("#rows .line").first.locator("a.row")).to_be_focused()
    open_by_keys(desk, id_)

    desk.keyboard.press("r")
    expect(desk.locator("#text")).to_be_focused()
    choose_road(desk, "sms")
    expect(desk.locator("[data-send]")).to_contain_text("SMS")
    desk.keyboard.type("Elle part ce matin.")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".msg.out", has_text="Elle part ce matin.")).to_be_visible()
    expect(desk.locator("#text")).to_have_value("")
    expect(desk.locator("#text")).to_be_focused()

    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator("#composer [name=channel][value=note]")).to_be_checked()
    desk.keyboard.type("@sam")
    desk.get_by_role("option").first.wait_for()
    desk.keyboard.press("Enter")
    desk.keyboard.type("elle a rappelé")
    desk.keyboard.press("Control+Enter")
    note = desk.locator(".note", has_text="elle a rappelé")
    expect(note).to_contain_text("@Samir")

    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    desk.keyboard.press("/")
    desk.get_by_role("option").first.wait_for()
    desk.keyboard.press("ArrowDown")
    wanted = desk.locator("#suggest [aria-selected=true] small").inner_text()
    desk.keyboard.press("Enter")
    expect(desk.locator("#suggest")).to_be_hidden()
    assert desk.locator("#text").input_value().startswith(wanted[:20])
    desk.keyboard.press("Control+a")
    desk.keyboard.press("Delete")


def test_later_close_and_the_way_back(keyboard, claire):
    id_ = claire("Ma lampe de neuf heures", "02")
    desk = keyboard()
    open_by_keys(desk, id_)
    row = desk.locator(f'#rows [data-id="{id_}"]')

    desk.keyboard.press("s")
    expect(desk.locator("#bulk-snooze")).to_be_visible()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(row).to_have_count(0)
    tab_to(desk, ".toast [data-undo]")
    desk.keyboard.press("Enter")
    expect(row).to_have_count(1)

    open_by_keys(desk, id_)
    desk.keyboard.press("e")
    expect(row).to_have_count(0)
    tab_to(desk, ".toast [data-undo]")
    desk.keyboard.press("Enter")
    expect(row).to_have_count(1)


def test_searching_the_palette_and_the_list_of_keys(keyboard):
    desk = keyboard()
    desk.keyboard.press("/")
    desk.wait_for_url("**/search")
    desk.keyboard.type("colis")
    desk.locator("#finds [data-find] mark").first.wait_for()
    desk.keyboard.press("ArrowDown")
    target = desk.evaluate("document.activeElement.getAttribute('href')")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**{target}")

    desk.keyboard.press("Control+k")
    expect(desk.locator("#palette-input")).to_be_focused()
    inbox = desk.locator(".rail a[href='/inbox']").get_attribute("aria-label")
    desk.keyboard.type(inbox)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/inbox*")

    desk.keyboard.press("?")
    expect(desk.locator("#keys-help kbd", has_text="J").first).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys-help")).to_be_hidden()
    desk.keyboard.press("f")
    expect(desk.locator("#filter-text")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("#filter-menu")).to_be_hidden()


def test_the_look_and_signing_out(keyboard):
    desk = keyboard("olivia@example.com")
    tab_to(desk, "[data-menu=user-menu]")
    desk.keyboard.press("Enter")
    expect(desk.locator("#user-menu [name=theme]:checked")).to_be_focused()
    for _ in range(3):
        if desk.locator("#user-menu [value=dark]").is_checked():
            break
        desk.keyboard.press("ArrowRight")
    expect(desk.locator("html")).to_have_attribute("data-theme", "dark")
    for _ in range(3):
        if desk.locator("#user-menu [name=theme][value='']").is_checked():
            break
        desk.keyboard.press("ArrowRight")
    expect(desk.locator("html")).not_to_have_attribute("data-theme", "dark")
    tab_to(desk, "form[action='/logout'] button")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/login*")
    desk.goto(desk.url.partition("/login")[0] + "/inbox")
    assert "/login" in desk.url
