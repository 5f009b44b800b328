"""Takes the pictures of the README and the guide: every named state of a demo house, into docs/pictures/<name>.png.

Usage: ``python tools/pictures.py [name ...]``; without names all of them. Sizes are fixed, motion is off, the caret is
hidden; what is shown is the demo company.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import ARGUMENTS  # noqa: E402
from tests.peers.house import House  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "rondpoint-demo"
SPEAKERS = {
    "fr": "ines@example.com",
    "en": "olivia@example.com",
    "admin": "admin@example.com",
    "admin-fr": "admin@example.com",
    "": "",
}
WIDE, TABLET, PHONE = (1440, 900), (768, 1024), (360, 740)
STEADY = "#tour { display: none !important } * { caret-color: transparent !important }"


def nothing(page: Page) -> None:
    """The page as it opens."""


def first_conversation(page: Page) -> None:
    """The conversation at the top of the list."""
    page.locator("a.row").first.click()
    page.locator(".composer").wait_for()


def palette(page: Page) -> None:
    """Everything that can be done, by Ctrl K."""
    page.keyboard.press("Control+k")
    page.locator("dialog[open]").wait_for()


def keyboard_help(page: Page) -> None:
    """The keys of the page."""
    page.keyboard.press("?")
    page.locator("#keys-help[open]").wait_for()


def customer_sheet(page: Page) -> None:
    """The customer beside a conversation on a narrow screen."""
    first_conversation(page)
    page.locator("[data-sheet=customer-pane]:visible").first.click()
    page.locator(".cust.open").wait_for()


def first_customer(page: Page) -> None:
    """The page of the customer who stands first."""
    page.locator("#people td a[href^='/customers/']").first.click()
    page.wait_for_url("**/customers/*")


def chat(page: Page) -> None:
    """The widget on the shop's page."""
    page.locator("button.go").first.click()
    page.locator(".panel :is(textarea, input):visible").first.wait_for()


@dataclass(frozen=True)
class Picture:
    """One state: where, how large, in which theme, who looks (a key of SPEAKERS; "": nobody), what is done."""

    name: str
    url: str
    size: tuple[int, int] = WIDE
    theme: str = "light"
    speaker: str = "en"
    act: Callable[[Page], None] = nothing


TABLE = (
    Picture("sign-in", "/login", (1000, 700), speaker=""),
    Picture("inbox", "/inbox"),
    Picture("inbox-fr", "/inbox", speaker="fr"),
    Picture("inbox-phone", "/inbox", PHONE),
    Picture("desk", "/inbox", act=first_conversation),
    Picture("desk-fr", "/inbox", speaker="fr", act=first_conversation),
    Picture("desk-dark", "/inbox", theme="dark", act=first_conversation),
    Picture("desk-dark-fr", "/inbox", theme="dark", speaker="fr", act=first_conversation),
    Picture("desk-tablet", "/inbox", TABLET, act=first_conversation),
    Picture("desk-phone", "/inbox", PHONE, act=first_conversation),
    Picture("desk-phone-dark", "/inbox", PHONE, "dark", act=first_conversation),
    Picture("customer-sheet", "/inbox", TABLET, act=customer_sheet),
    Picture("palette", "/inbox", act=palette),
    Picture("palette-fr", "/inbox", speaker="fr", act=palette),
    Picture("keyboard", "/inbox", act=keyboard_help),
    Picture("customers", "/customers"),
    Picture("customers-fr", "/customers", speaker="fr"),
    Picture("customer", "/customers", act=first_customer),
    Picture("customer-fr", "/customers", speaker="fr", act=first_customer),
    Picture("search", "/search?q=lampe"),
    Picture("search-fr", "/search?q=lampe", speaker="fr"),
    Picture("promises", "/promises?whose=all"),
    Picture("promises-fr", "/promises?whose=all", speaker="fr"),
    Picture("first-start", "/setup/mailbox", (1200, 760), speaker="admin"),
    Picture("first-start-fr", "/setup/mailbox", (1200, 760), speaker="admin-fr"),
    Picture("factors", "/settings/factors", (1200, 760), speaker="admin"),
    Picture("sign-on", "/settings/sign-on", (1200, 860), speaker="admin"),
    Picture("own-page", "/me", PHONE, speaker=""),
    Picture("connections", "/connections", speaker="admin"),
    Picture("settings", "/settings", speaker="admin"),
    Picture("design", "/design"),
    Picture("design-dark", "/design", theme="dark"),
    Picture("widget", "/demo/shop", speaker="", act=chat),
    Picture("widget-phone", "/demo/shop", PHONE, speaker="", act=chat),
    Picture("not-found", "/nowhere", (1000, 700), speaker=""),
)


STORY = (
    "Bonjour, le pied de mon lampadaire Héron est fendu. Puis-je l’échanger\N{NARROW NO-BREAK SPACE}?",
    "Je pars, écrivez-moi plutôt ici. Ma commande est la H-40213, reçue le 12.",
    "Comme convenu, voici la suite par e-mail\N{NARROW NO-BREAK SPACE}: la fente fait six centimètres, sous la vis.",
)


def tell(browser: Browser, house: House) -> None:
    """A story for the top of the list: one customer goes from the chat to SMS to e-mail, on the demo's phone."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, locale="fr-FR", bypass_csp=True)
    phone = context.new_page()
    phone.goto(f"{house.url}/demo/phone")
    phone.click('[data-open="web"]')
    shop = phone.frame_locator("#web")
    shop.locator("button.go").click()
    shop.locator('[role="dialog"] textarea').fill(STORY[0])
    shop.locator('[role="dialog"] textarea').press("Enter")
    phone.locator('.steps [data-step="chat"].done').wait_for()
    phone.locator("[data-app=web] [data-open=home]").click()
    phone.click('[data-app=home] [data-open="sms"]')
    phone.fill("#sms-text", STORY[1])
    phone.keyboard.press("Enter")
    phone.locator('.steps [data-step="sms"].done').wait_for()
    phone.locator("[data-app=sms] [data-open=home]").click()
    phone.click('[data-app=home] [data-open="mail"]')
    phone.click("#mail-new")
    phone.fill("#mail-subject", "Lampadaire Héron")
    phone.fill("#mail-text", STORY[2])
    phone.click("#mail-form .primary")
    phone.locator('.steps [data-step="mail"].done').wait_for()
    context.close()


def take(browser: Browser, house: House, picture: Picture, into: Path) -> Path:
    """Makes one picture in a browser of its own; the file."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
        locale="fr-FR" if picture.speaker.endswith("fr") else "en-GB",
        timezone_id="Europe/Paris",
        bypass_csp=True,
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    speaker = SPEAKERS[picture.speaker]
    if speaker:
        _sign_in(page, house.url, speaker)
        _read_in(page, house.url, "fr" if picture.speaker.endswith("fr") else "en")
    page.goto(house.url + picture.url)
    picture.act(page)
    page.add_style_tag(content=STEADY)
    page.evaluate("document.fonts.ready.then(() => null)")
    page.wait_for_function("!document.querySelector('.htmx-request')")
    file = into / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", scale="css")
    context.close()
    return file


def main(names: list[str]) -> int:
    """Takes the named pictures, or all; 1 when some could not be taken, 2 for a name nobody knows."""
    unknown = set(names) - {picture.name for picture in TABLE}
    if unknown:
        print(f"no such picture: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    wanted = [picture for picture in TABLE if not names or picture.name in names]
    PICTURES.mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), "--demo").start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
                tell(browser, house)
                for picture in wanted:
                    failed += _try(browser, house, picture)
                browser.close()
        finally:
            house.stop()
    for name, reason in failed:
        print(f"{name}: {reason}", file=sys.stderr)
    return 1 if failed else 0


def _try(browser: Browser, house: House, picture: Picture) -> list[tuple[str, str]]:
    try:
        file = take(browser, house, picture, PICTURES)
    except Exception as error:  # the others are taken all the same; the command says which are missing
        return [(picture.name, str(error).splitlines()[0])]
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} kB")
    return []


def _sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("button.go")
    page.wait_for_url("**/inbox*")


def _read_in(page: Page, url: str, language: str) -> None:
    if page.locator("html").get_attribute("lang") == language:
        return
    page.goto(f"{url}/settings/me")
    page.select_option("#language", language)
    page.locator("#language").evaluate("field => field.form.requestSubmit()")
    page.locator(f"html[lang={language}]").wait_for()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
