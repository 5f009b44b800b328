"""The widget's face: who answers and how soon, what is asked first, phones, copies by mail, and strict sites."""

import json
import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import jwt
import pytest
from tests.browser.accessible import assert_accessible
from tests.browser.widget import (
    AWA,
    SECRET,
    Site,
    answer,
    code_in_the_mail,
    contrast,
    conversation_of,
    mails_to,
    opened,
    say,
)
from tests.peers.house import House, wait_for

pytestmark = pytest.mark.browser
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)
OPEN = {"open": True, "next": None}


@pytest.fixture(scope="module")
def server():
    site = Site()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory, server):
    house = House(tmp_path_factory.mktemp("face"))
    greeting = "Bonjour, une question ?"
    house.chat = house.connect("chat", "Chat", origins=server.url, secret=SECRET, greeting_fr=greeting)
    house.asking = house.connect("chat", "Asks", origins=server.url, ask="name_email", ask_required="yes")
    house.connect("email", "Mail", address="bonjour@hirondelle.example.com")
    house.start()
    yield house
    assert house.stop() == 0


@pytest.fixture
def site(server, house):
    server.policy = ""
    server.carry(house)
    return server


def told(page, **config):
    """The server's answers say this of the company from now on."""
    page.add_init_script(
        """(() => {
          const real = window.fetch, config = CONFIG;
          window.fetch = async (url, options) => {
            const answer = await real(url, options);
            if (!/v1.(sessions|config)/.test(url)) return answer;
            const body = await answer.json();
            const changed = body.config ? { ...body, config: { ...body.config, ...config } } : { ...body, ...config };
            return new Response(JSON.stringify(changed), { status: answer.status });
          };
        })()""".replace("CONFIG", json.dumps(config))
    )


def test_it_opens_at_once(site, house, person):
    page = person()
    page.goto(site.url)
    page.locator("button.go").wait_for()
    spent = page.evaluate(
        """() => new Promise((done) => {
          const root = [...document.body.children].find((one) => one.shadowRoot).shadowRoot, start = performance.now();
          root.querySelector(".go").click();
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        })"""
    )
    page.get_by_role("dialog").wait_for()
    assert spent < 100


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"hours": OPEN, "wait": 180}, "Répond en général en 3 minutes"),
        ({"hours": OPEN, "wait": 7200}, "Répond en général en 2 heures"),
        ({"hours": OPEN, "wait": None}, "Nous sommes là"),
        ({"hours": OPEN, "wait": 60, "agent": "Inès Martin"}, "Inès Martin · répond en général en 1 minute"),
        ({"hours": {"open": False, "next": None}}, "Fermé pour le moment"),
    ],
)
def test_it_says_who_answers_and_how_soon(site, house, person, config, words):
    page = person()
    told(page, **config)
    panel = opened(page, site.url)
    panel.locator("header p", has_text=re.compile("^" + re.escape(words).replace(r"\ ", r"\s") + "$")).wait_for()
    assert panel.locator("header .av").text_content() == ("IM" if config.get("agent") else "R")


def test_out_of_hours_it_says_when_and_asks_where_to_answer(site, house, person):
    page = person(timezone_id="Europe/Paris")
    tomorrow = (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=1)).replace(hour=12, minute=30)
    told(page, hours={"open": False, "next": tomorrow.isoformat()}, reachable=False)
    panel = opened(page, site.url)
    local = page.evaluate(
        "at => new Date(at).toLocaleTimeString('fr', {hour: '2-digit', minute: '2-digit'})", tomorrow.isoformat()
    )
    panel.locator("header p", has_text=f"Fermé. Réponse demain à {local}").wait_for()
    say(panel, "Il est tard")
    panel.get_by_label("Où vous répondre").fill("nobody@")
    panel.get_by_label("Où vous répondre").fill(AWA)
    panel.get_by_role("button", name="Valider").click()
    panel.get_by_text("La réponse vous attendra aussi à cette adresse").wait_for()
    panel.get_by_label("Où vous répondre").wait_for(state="hidden")


def test_a_stranger_is_asked_once_before_the_first_word(site, house, person):
    site.carry(house, key=house.asking["id"])
    page = person()
    page.goto(site.url)
    page.locator("button.go").click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Votre nom").fill("Awa Diallo")
    panel.get_by_label("Votre adresse e-mail").fill("awa@nowhere")
    panel.get_by_role("button", name="Commencer").click()
    panel.get_by_role("alert").filter(has_text="ne semble pas complète").wait_for()
    panel.get_by_label("Votre adresse e-mail").fill("awa.seule@example.net")
    panel.get_by_role("button", name="Commencer").click()
    say(panel, "Bonjour, je me suis présentée")
    panel.locator(".t.me", has_text="envoyé").wait_for()
    page.reload()
    page.locator("button.go").click()
    panel.locator(".m.me", has_text="présentée").wait_for()
    assert panel.get_by_label("Votre nom").count() == 0


def test_a_copy_goes_to_an_address_she_proves(site, house, person):
    panel = opened(person(), site.url)
    say(panel, "Gardez-moi une trace")
    panel.get_by_role("button", name="Continuer ailleurs").click()
    panel.get_by_role("button", name="M'envoyer une copie").click()
    panel.get_by_label("Votre adresse e-mail").fill(AWA)
    panel.get_by_role("button", name="Recevoir un code").click()
    panel.get_by_label(re.compile("Code à six chiffres")).fill(code_in_the_mail(house, 1))
    panel.get_by_role("button", name="Valider").click()
    panel.get_by_text("Une copie est partie vers").wait_for()
    copy = wait_for(lambda: mails_to(house, AWA)[1:], what="the copy")[-1]
    assert "Gardez-moi une trace" in copy.get_body(("plain",)).get_content()
    [file] = list(copy.iter_attachments())
    assert file.get_filename().endswith(".txt")
    panel.locator(".m.me", has_text="Gardez-moi").wait_for()


def test_words_of_one_person_stand_together_and_are_marked_read(site, house, person):
    panel = opened(person(), site.url)
    say(panel, "Une première")
    say(panel, "Et une seconde")
    panel.locator(".t.me:visible", has_text="envoyé").wait_for()
    assert panel.locator(".t.me:visible").count() == 1
    panel.locator(".r", has_text="aujourd’hui").wait_for()
    conversation = conversation_of(house, "Et une seconde")
    house.api("POST", f"/conversations/{conversation}/messages", json={"channel": "chat", "text": "Je réponds"})
    panel.locator(".m", has_text="Je réponds").wait_for()
    panel.locator(".t.me:visible", has_text="lu").wait_for()


def test_what_came_meanwhile_stands_under_a_line(site, house, person):
    page = person()
    panel = opened(page, site.url)
    say(panel, "Avant de partir")
    conversation = conversation_of(house, "Avant de partir")
    answer(house, conversation, "Pendant que vous êtes là")
    panel.locator(".m", has_text="Pendant que").wait_for()
    page.keyboard.press("Escape")
    answer(house, conversation, "Et après")
    page.locator(".n", has_text="1").wait_for()
    page.locator("button.go").click()
    panel.get_by_text("Nouveaux messages").wait_for()
    say(panel, "Merci")
    panel.get_by_text("Nouveaux messages").wait_for(state="hidden")


def test_a_picture_opens_large_and_closes_with_escape(site, house, person):
    page = person()
    panel = opened(page, site.url)
    panel.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    panel.get_by_role("button", name="Agrandir a.png").click()
    page.locator("dialog[open] img").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    panel.locator("textarea").wait_for()


def test_the_greeting_comes_once_and_is_remembered(site, house, person):
    page = person()
    page.clock.install()
    page.goto(site.url)
    page.locator("button.go").wait_for()
    page.clock.run_for(9_000)
    page.locator(".tip", has_text="Bonjour, une question ?").wait_for()
    page.get_by_role("button", name="Masquer ce message").click()
    page.reload()
    page.locator("button.go").wait_for()
    page.clock.run_for(20_000)
    assert page.locator(".tip").is_hidden()


def test_on_a_phone_it_is_the_screen_and_the_page_behind_holds_still(site, house, person):
    page = person(width=390, height=780, has_touch=True, is_mobile=True)
    panel = opened(page, site.url)
    screen = {"x": 0, "y": 0, "width": 390, "height": 780}
    wait_for(lambda: panel.bounding_box() == screen, what="the panel as large as the screen")
    assert page.locator("button.go").is_hidden()
    assert page.evaluate("document.documentElement.style.overflow") == "hidden"
    assert panel.locator("textarea").evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 16
    for button in panel.get_by_role("button").all():
        size = button.bounding_box()
        assert min(size["width"], size["height"]) >= 40
    panel.get_by_role("button", name="Fermer la discussion").click()
    page.locator("button.go").wait_for()
    assert page.evaluate("document.documentElement.style.overflow") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 380, 1440])
def test_axe_finds_nothing_in_it(site, house, person, width, scheme):
    page = person(width=width, height=700, color_scheme=scheme)
    panel = opened(page, site.url)
    say(panel, "Bonjour https://shop.example.com/lampe")
    panel.locator(".t.me", has_text="envoyé").wait_for()
    answer(house, conversation_of(house, "Bonjour https://shop.example.com/lampe"), "Bonjour à vous")
    panel.locator(".m", has_text="Bonjour à vous").wait_for()
    assert_accessible(page)
    panel.get_by_role("button", name="Continuer ailleurs").click()
    panel.get_by_role("button", name="M'envoyer une copie").wait_for()
    assert_accessible(page)


def test_the_site_chooses_the_theme(site, house, person):
    page = person(color_scheme="light")
    site.carry(house, attributes="data-theme=dark")
    panel = opened(page, site.url)
    ink, ground = panel.evaluate("node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]")
    assert ground == "rgb(27, 30, 36)"
    assert contrast(ink, ground) >= 7


def test_a_strict_site_carries_it_without_exceptions(site, house, person):
    page, printed = person(), []
    page.on("console", lambda line: printed.append(line.text) if "favicon" not in line.location["url"] else None)
    site.policy = (
        f"default-src 'none'; script-src {house.url}; connect-src {house.url}; img-src {house.url}; "
        "require-trusted-types-for 'script'"
    )
    panel = opened(page, site.url)
    say(panel, "Sous une règle stricte")
    panel.locator(".t.me", has_text="envoyé").wait_for()
    assert panel.evaluate("node => getComputedStyle(node).position") == "fixed"
    assert [line for line in printed if "TrustedScript" not in line] == []


def test_a_page_may_import_it_as_a_module(site, house, person):
    signed = {"sub": "77", "exp": int(time.time()) + 600, "name": "Luc Tremblay"}
    token = jwt.encode(signed, SECRET, algorithm="HS256")
    page = person()
    site.widget = ""
    page.goto(site.url)
    known = page.evaluate(
        """async ([base, key, jwt]) => {
          const chat = await import(base + "/widget.mjs");
          await chat.init({ key, jwt, locale: "en", theme: "light", open: true });
          return Object.keys(window.Rondpoint).filter((name) => typeof window.Rondpoint[name] === "function").sort();
        }""",
        [house.url, house.chat["id"], token],
    )
    assert known == ["close", "identify", "logout", "on", "open", "say"]
    panel = page.get_by_role("dialog")
    say(panel, "Imported")
    panel.locator(".t.me", has_text="sent").wait_for()


def test_it_mirrors_itself_on_a_page_written_from_right_to_left(site, house, person):
    page = person()
    page.goto(site.url)
    page.locator("button.go").wait_for()
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.locator("button.go").click()
    assert page.get_by_role("dialog").bounding_box()["x"] == 20
