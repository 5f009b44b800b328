"""The widget on a company's own site, which is another origin than Rondpoint's."""

import time

import jwt
import pytest
from tests.browser.widget import (
    SECRET,
    Site,
    answer,
    contrast,
    conversation_of,
    opened,
    prove,
    say,
    texts,
)
from tests.peers.house import House, wait_for

pytestmark = pytest.mark.browser

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def server():
    site = Site()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory, server):
    house = House(tmp_path_factory.mktemp("widget"))
    house.chat = house.connect("chat", "Chat", origins=server.url, secret=SECRET, colour="#f5c518")
    house.connect("email", "Mail", address="bonjour@hirondelle.example.com")
    house.start()
    yield house
    assert house.stop() == 0


@pytest.fixture
def site(server, house):
    server.carry(house)
    return server


def test_a_talk_across_origins_that_survives_a_reload_and_prints_nothing(site, house, person):
    page, printed = person(), []
    page.on("console", lambda line: printed.append(line.text) if "favicon" not in line.location["url"] else None)
    panel = opened(page, site.url)
    say(panel, "Bonjour, la lampe est-elle en stock ?")
    conversation = conversation_of(house, "Bonjour, la lampe est-elle en stock ?")
    answer(house, conversation, "Oui : <img src=x onerror=alert(1)> https://shop.example.com/lampe.")
    bubble = panel.locator(".m:not(.me)", has_text="Oui :")
    bubble.wait_for()
    assert bubble.locator("img").count() == 0
    link = bubble.locator("a")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == (
        "https://shop.example.com/lampe",
        "noopener noreferrer",
    )
    page.reload()
    page.locator("button.go").click()
    panel.locator(".m.me", has_text="Bonjour, la lampe").wait_for()
    bubble.wait_for()
    assert panel.locator(".m.me").count() == 1
    assert page.context.cookies() == []
    assert printed == []


def test_an_answer_to_a_closed_panel_is_counted_and_read_when_opened(site, house, person):
    page = person()
    panel = opened(page, site.url)
    say(panel, "Je ferme la fenêtre")
    conversation = conversation_of(house, "Je ferme la fenêtre")
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    answer(house, conversation, "Je vous réponds quand même")
    page.locator(".n", has_text="1").wait_for()
    assert "1" in page.locator("button.go").get_attribute("aria-label")

    def state():
        messages = house.api("GET", f"/conversations/{conversation}/messages").json()["items"]
        return messages[-1]["state"]

    wait_for(lambda: state() == "delivered", what="delivered, not read")
    page.locator("button.go").click()
    wait_for(lambda: state() == "read", what="read")
    page.locator(".n").wait_for(state="hidden")


def test_what_is_written_without_a_network_leaves_later_once_and_in_order(site, house, person):
    page = person()
    panel = opened(page, site.url)
    say(panel, "Premier avec réseau")
    conversation = conversation_of(house, "Premier avec réseau")
    page.route("**/chat/v1/messages", lambda route: route.abort())
    for text in ("Deux sans réseau", "Trois sans réseau"):
        say(panel, text)
    panel.get_by_text("Hors connexion").wait_for()
    page.reload()
    page.locator("button.go").click()
    panel.locator(".m.me", has_text="Deux sans réseau").wait_for()
    assert texts(house, conversation) == ["Premier avec réseau"]
    with page.expect_response("**/chat/v1/messages"):
        page.unroute("**/chat/v1/messages")
    wait_for(lambda: len(texts(house, conversation)) == 3, what="the queued messages")
    assert texts(house, conversation) == ["Premier avec réseau", "Deux sans réseau", "Trois sans réseau"]
    wait_for(lambda: panel.locator(".m.me").count() == 3)


def test_an_answer_that_was_lost_on_the_way_is_not_written_twice(site, house, person):
    page = person()
    panel = opened(page, site.url)

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route("**/chat/v1/messages", lose_the_answer, times=1)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/chat/v1/messages")):
        say(panel, "Une seule fois")
    conversation = conversation_of(house, "Une seule fois")
    wait_for(
        lambda: page.evaluate("Object.values(localStorage).every(v => !(JSON.parse(v).queue || []).length)"),
        what="the queue to empty",
    )
    assert texts(house, conversation) == ["Une seule fois"]
    assert panel.locator(".m.me").count() == 1


def test_two_tabs_are_one_chat(site, house, person):
    first = person()
    panel = opened(first, site.url)
    say(panel, "Dans le premier onglet")
    second = first.context.new_page()
    other = opened(second, site.url)
    other.locator(".m.me", has_text="Dans le premier onglet").wait_for()
    say(other, "Dans le second")
    panel.locator(".m.me", has_text="Dans le second").wait_for()
    assert panel.locator(".m.me").count() == 2
    assert len(texts(house, conversation_of(house, "Dans le second"))) == 2


def test_a_picture_is_shown_and_a_file_too_large_is_told(site, house, person):
    page = person()
    panel = opened(page, site.url)
    picker = panel.locator("input[type=file]")
    picker.set_input_files({"name": "lampe.png", "mimeType": "image/png", "buffer": PNG})
    picture = panel.locator(".m.me img")
    picture.wait_for()
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") == 1, what="the picture itself")
    picker.set_input_files({"name": "film.mp4", "mimeType": "video/mp4", "buffer": b"0" * 10_000_001})
    panel.get_by_text("Ce fichier dépasse 10 Mo.").wait_for()


def test_a_code_proves_her_and_brings_the_history_to_another_device(site, house, person):
    page = person()
    panel = opened(page, site.url)
    say(panel, "Ma première question")
    prove(panel, house, 1)
    panel.locator(".m.me", has_text="Ma première question").wait_for()
    tablet = opened(person(width=390, height=800, has_touch=True), site.url)
    assert tablet.locator(".m.me").count() == 0
    prove(tablet, house, 2)
    tablet.locator(".m.me", has_text="Ma première question").wait_for()


def test_a_link_to_the_companys_site_goes_on_at_a_click(site, house, person):
    say(opened(person(), site.url), "Sur mon ordinateur")
    conversation = conversation_of(house, "Sur mon ordinateur")
    made = house.api("POST", f"/conversations/{conversation}/continuations", json={"via": "link"}).json()
    token = made["url"].rpartition("/")[2]
    page = person()
    for _ in range(2):  # looking burns nothing
        page.goto(f"{site.url}/?{time.monotonic()}#rp={token}")
        page.get_by_role("button", name="Reprendre votre conversation ici").wait_for()
    page.get_by_role("button", name="Reprendre votre conversation ici").click()
    page.wait_for_function("location.hash === ''")
    panel = page.get_by_role("dialog")
    say(panel, "Me voici sur mon téléphone")
    wait_for(lambda: texts(house, conversation) == ["Sur mon ordinateur", "Me voici sur mon téléphone"])
    assert panel.locator(".m.me").count() == 1
    late = person()
    late.goto(f"{site.url}/#rp={token}")
    late.get_by_role("button", name="Reprendre votre conversation ici").click()
    late.get_by_text("Ce lien a déjà servi").wait_for()


def test_the_page_of_a_link_goes_on_from_there_and_stays_so(site, house, person):
    say(opened(person(), site.url), "Avant le lien")
    conversation = conversation_of(house, "Avant le lien")
    url = house.api("POST", f"/conversations/{conversation}/continuations", json={"via": "qr"}).json()["url"]
    page = person(width=390, height=800)
    page.goto(url)
    page.locator("main button").click()
    page.wait_for_url("**/me")
    page.fill("#text", "Depuis la page")
    page.click("#write button.go")
    page.locator(".hers", has_text="Depuis la page").wait_for()
    wait_for(lambda: texts(house, conversation)[-1] == "Depuis la page")
    assert page.get_by_text("Avant le lien").count() == 0
    page.goto(url)  # used, and yet this device goes on where it was
    page.locator(".hers", has_text="Depuis la page").wait_for()


def test_an_account_of_the_site_is_known_and_forgotten_when_it_signs_out(site, house, person):
    token = jwt.encode({"sub": "42", "exp": int(time.time()) + 600, "name": "Luc Tremblay"}, SECRET, algorithm="HS256")
    site.carry(house, before=f"window.rondpoint = {{jwt: '{token}'}}")
    page = person()
    panel = opened(page, site.url)
    say(panel, "Bonjour, c'est Luc")
    other = opened(person(), site.url)
    other.locator(".m.me", has_text="Bonjour, c'est Luc").wait_for()
    page.evaluate("window.rondpoint.logout()")
    wait_for(lambda: panel.locator(".m.me").count() == 0, what="the words to go")
    site.carry(house)
    panel = opened(page, site.url)
    assert panel.locator(".m.me").count() == 0


def test_a_token_that_is_too_old_does_not_close_the_chat(site, house, person):
    token = jwt.encode({"sub": "42", "exp": int(time.time()) - 3600}, SECRET, algorithm="HS256")
    site.carry(house, attributes=f'data-jwt="{token}"')
    say(opened(person(), site.url), "Je passe quand même")


def test_a_site_that_is_not_on_the_list_gets_no_chat(site, house, person):
    page = person()
    page.goto(site.url.replace("127.0.0.1", "localhost"))
    page.locator("button.go").click()
    page.get_by_text("Cette discussion n'est pas disponible.").wait_for()


@pytest.mark.parametrize("colour", ["#f5c518", "#0b5cab", "#ffffff", "#000000", "#808080", "#e8590c", "#767676"])
def test_words_on_the_brands_colour_are_readable(site, house, person, colour):
    def dyed(route):
        given = route.fetch()
        route.fulfill(response=given, json={**given.json(), "config": {**given.json()["config"], "colour": colour}})

    page = person()
    page.route("**/chat/v1/sessions", dyed)
    panel = opened(page, site.url)
    say(panel, "Lisible")
    bubble = panel.locator(".m.me")
    ink, ground = bubble.evaluate("node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]")
    assert contrast(ink, ground) >= 4.5
    assert ground == "rgb({}, {}, {})".format(*bytes.fromhex(colour[1:]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_320_pixels_in_light_and_dark(site, house, person, scheme):
    page = person(width=320, height=560, color_scheme=scheme)
    panel = opened(page, site.url)
    say(panel, "Un_mot_" * 30)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert panel.locator(".log").evaluate("log => log.scrollWidth <= log.clientWidth")
    for part in ("textarea", ".bar .s", "header button >> nth=-1"):
        box = panel.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    ink, ground = panel.evaluate("node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]")
    assert contrast(ink, ground) >= 7
    soft = panel.locator(".t").first.evaluate("node => getComputedStyle(node).color")
    assert contrast(soft, panel.locator(".log").evaluate("node => getComputedStyle(node).backgroundColor")) >= 4.5


def test_older_pages_of_history_are_a_click_away(site, house, person):
    page = person()
    panel = opened(page, site.url)
    say(panel, "Le tout premier")
    conversation = conversation_of(house, "Le tout premier")
    for number in range(52):
        answer(house, conversation, f"Réponse {number}")
    panel.get_by_text("Réponse 51", exact=True).wait_for()
    page.reload()
    page.locator("button.go").click()
    panel.get_by_text("Réponse 51", exact=True).wait_for()
    assert panel.get_by_text("Le tout premier").count() == 0
    panel.locator(".log").evaluate("log => log.scrollTo(0, 0)")
    panel.get_by_text("Le tout premier").wait_for()
    assert panel.locator(".m:not(.me)", has_text="Réponse").count() == 52
    first = panel.locator(".log .m").nth(1)
    assert first.text_content() == "Le tout premier"
