"""One conversation in a real browser: writing, taking back, notes, drafts, files, and two colleagues at once."""

import smtplib
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect
from tests.browser.accessible import assert_accessible, assert_no_overflow
from tests.browser.watching import until
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser

BRAND = "bonjour@hirondelle.example.com"

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def arrive(demo, sender, subject, text="Bonjour, où est ma commande ?", html=""):
    """A mail from somebody; the path of the conversation it opened."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Claire Essai <{sender}>", BRAND, subject
    mail["Message-ID"] = f"<{sender}>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    with smtplib.LMTP("127.0.0.1", demo.lmtp_port) as lmtp:
        lmtp.sendmail(sender, [BRAND], mail.as_bytes())

    def there():
        rows = demo.api("GET", "/conversations?state=open&limit=50").json()["items"]
        return next((row["id"] for row in rows if row["subject"] == subject), None)

    return f"/conversations/{wait_for(there, what=subject)}"


def texts(demo, path):
    found = demo.api("GET", f"{path}/messages").json()["items"]
    return [row["text"] for row in found if row["direction"] == "out"]


def write(page, text):
    page.locator("#text").fill(text)


def saved(page):
    return page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 204)


def test_an_answer_is_sent_taken_back_and_sent_again(demo, agent):
    path = arrive(demo, "claire.undo@example.org", "Annuler un envoi")
    desk = agent()
    desk.goto(demo.url + path)
    write(desk, "Une réponse trop rapide")
    desk.keyboard.press("Control+Enter")
    desk.locator(".msg.out", has_text="Une réponse trop rapide").wait_for()
    assert desk.locator("#text").input_value() == ""
    desk.locator(".toast [data-undo]").click()
    desk.locator(".msg.out", has_text="Une réponse trop rapide").wait_for(state="detached")
    assert desk.locator("#text").input_value() == "Une réponse trop rapide"
    assert texts(demo, path) == []
    write(desk, "Une réponse réfléchie")
    desk.locator("[data-send]").click()
    desk.locator(".msg.out", has_text="Une réponse réfléchie").wait_for()
    desk.locator(".message.out [data-is=sent], .message.out [data-is=delivered]").wait_for(timeout=30_000)
    assert texts(demo, path) == ["Une réponse réfléchie"]


def test_a_note_calls_a_colleague_and_stays_inside(demo, agent):
    path = arrive(demo, "claire.note@example.org", "Une note")
    desk = agent()
    desk.goto(demo.url + path)
    desk.locator("[data-entries] .msg").first.wait_for()
    desk.locator("#thread-head h1").first.click()
    desk.keyboard.press("n")
    desk.keyboard.type("@sam")
    desk.get_by_role("option").first.wait_for()
    desk.keyboard.press("Enter")
    desk.keyboard.type("peux-tu regarder ?")
    desk.keyboard.press("Control+Enter")
    desk.locator(".note", has_text="peux-tu regarder ?").wait_for()
    assert texts(demo, path) == []
    other = agent("samir@example.com")
    other.goto(demo.url + path)
    other.locator(".note", has_text="@Samir").wait_for()


def test_what_is_written_while_a_note_or_an_answer_is_on_its_way_stays(demo, agent):
    """The live line may show it before its request is answered."""
    path = arrive(demo, "claire.early@example.org", "Plus vite que la réponse")
    desk = agent()
    desk.goto(demo.url + path)
    held = []
    for name in ("notes", "messages"):
        desk.route(f"**{path}/{name}", lambda route: held.append((route, route.fetch())))
    desk.keyboard.press("n")
    write(desk, "Elle rappelle demain")
    desk.keyboard.press("Control+Enter")
    desk.locator(".note", has_text="Elle rappelle demain").wait_for()
    desk.locator("#text").blur()
    desk.keyboard.press("r")
    desk.keyboard.type("Bonjour Claire")
    let_go(desk, held)
    assert desk.locator("#text").input_value() == "Bonjour Claire"
    desk.keyboard.press("Control+Enter")
    desk.locator(".msg.out", has_text="Bonjour Claire").wait_for()
    desk.keyboard.type(" À demain")
    let_go(desk, held)
    assert desk.locator("#text").input_value() == "À demain"


def let_go(page, held):
    """Answers the one request that was held back, and waits until the page has read it."""
    route, answer = held.pop()
    route.fulfill(response=answer)
    expect(page.locator("[data-send]")).not_to_have_attribute("aria-busy", "true")


def test_a_draft_survives_the_reload_and_follows_to_another_device(demo, agent):
    path = arrive(demo, "claire.draft@example.org", "Un brouillon")
    desk = agent()
    desk.goto(demo.url + path)
    with saved(desk):
        write(desk, "Je commence à écrire")
    desk.reload()
    assert desk.locator("#text").input_value() == "Je commence à écrire"
    phone = agent(width=360, height=740)
    phone.goto(demo.url + path)
    assert phone.locator("#text").input_value() == "Je commence à écrire"
    assert_no_overflow(phone)


def test_a_dropped_file_leaves_with_the_answer(demo, agent):
    path = arrive(demo, "claire.file@example.org", "Un fichier")
    desk = agent()
    desk.goto(demo.url + path)
    desk.locator("#composer [data-pick]").set_input_files(
        [
            {"name": "plan.png", "mimeType": "image/png", "buffer": PIXEL},
            {"name": "grand.bin", "mimeType": "application/octet-stream", "buffer": b"\0" * 2_000_000},
        ]
    )
    desk.locator("[data-files] [name=file]").nth(1).wait_for(state="attached")
    desk.locator("#text").fill("Voici le plan")
    desk.locator("[data-send]").click()
    message = desk.locator(".message.out", has_text="Voici le plan")
    message.locator("img[alt='plan.png']").wait_for()
    message.locator(".file", has_text="grand.bin").wait_for()
    message.locator("[data-enlarge]").click()
    desk.locator("dialog[data-picture][open] img").wait_for()
    desk.keyboard.press("Escape")


def test_a_canned_answer_is_called_and_filled(demo, agent):
    path = arrive(demo, "claire.canned@example.org", "Une réponse type")
    desk = agent()
    desk.goto(f"{demo.url}/settings/answers/new")
    desk.fill("#shortcut", "delai")
    desk.fill("#title", "Le délai")
    desk.fill("#text-fr", "Bonjour {{ customer.first_name }}, comptez deux jours.")
    desk.fill("#text-en", "Hello {{ customer.first_name }}, two days.")
    desk.locator("main form .go").click()
    desk.get_by_role("link", name="/delai").wait_for()
    desk.goto(demo.url + path)
    desk.locator("#text").press_sequentially("/del")
    desk.get_by_role("option", name="/delai").wait_for()
    desk.keyboard.press("Enter")
    assert desk.locator("#text").input_value() == "Bonjour Claire, comptez deux jours."
    write(desk, "Bonjour {{ customer.shoe }}")
    desk.locator("[data-filled].bad").wait_for()
    desk.locator("[data-send]").click()
    desk.locator("[data-error]:not([hidden])").wait_for()
    assert desk.locator("#text").input_value() == "Bonjour {{ customer.shoe }}"


def test_two_colleagues_see_each_other_and_do_not_answer_twice(demo, agent):
    path = arrive(demo, "claire.deux@example.org", "À deux")
    ines, samir = agent(), agent("samir@example.com")
    ines.goto(demo.url + path)
    samir.goto(demo.url + path)
    ines.locator("[data-faces] li").wait_for()
    samir.locator("#text").press_sequentially("Bonjour, je regarde")
    ines.locator("[data-presence].collides").wait_for()
    samir.locator("[data-send]").click()
    samir.locator(".msg.out", has_text="Bonjour, je regarde").wait_for()
    ines.locator(".msg.out", has_text="Bonjour, je regarde").wait_for()
    # Inès began before Samir's answer was on her screen: the same page, held back.
    ines.evaluate("document.querySelector('[data-entries]').dataset.last")
    path_seen = demo.api("GET", f"{path}/messages").json()["items"][0]["seq"]
    answer = ines.evaluate(
        """async ([path, seen]) => {
          const { post } = await import("/static/ui/js/post.js");
          const said = { as: "json", channel: "email", text: "Moi aussi", seen, key: "two" };
          const answer = await post(path + "/messages", said);
          return [answer.status, await answer.json()];
        }""",
        [path, path_seen],
    )
    assert answer[0] == 409
    assert "Samir" in answer[1]["ask"]
    assert texts(demo, path) == ["Bonjour, je regarde"]


def test_a_mail_is_as_high_as_it_is_and_its_pictures_wait(demo, agent):
    html = (
        '<div style="height:640px">Bonjour<br><img src="https://pictures.example.net/a.png" alt="suivi"></div>'
        "<script>document.title='owned'</script>"
    )
    path = arrive(demo, "claire.html@example.org", "Un courriel", html=html)
    desk = agent()
    asked = []
    desk.context.route("https://pictures.example.net/**", lambda route: (asked.append(1), route.abort()))
    desk.goto(demo.url + path)
    frame = desk.locator("[data-mail] iframe")
    frame.wait_for()
    until(desk, "document.querySelector('[data-mail] iframe').clientHeight >= 640")
    assert asked == []
    with desk.expect_request("https://pictures.example.net/a.png"):
        desk.locator("[data-pictures]").click()
    assert desk.locator("[data-pictures]").count() == 0
    assert "owned" not in desk.title()


def test_every_answer_says_why_it_was_sent(demo, agent):
    path = arrive(demo, "claire.why@example.org", "Pourquoi")
    desk = agent()
    desk.goto(demo.url + path)
    write(desk, "Voilà")
    desk.locator("[data-send]").click()
    desk.locator("[data-why]").click()
    desk.locator("#why-pop .steps li").first.wait_for()
    assert desk.locator("#why-pop .steps .refuse").count() == 0
    desk.keyboard.press("Escape")
    desk.goto(f"{demo.url}{path}/decisions")
    desk.locator(".decisions li").first.wait_for()
    assert_accessible(desk)


def test_a_long_thread_comes_page_by_page_and_does_not_jump(demo, agent):
    path = arrive(demo, "claire.long@example.org", "Une longue histoire")
    for number in range(55):
        demo.api("POST", f"{path}/messages", json={"channel": "email", "text": f"numéro {number}"})
    desk = agent()
    desk.goto(demo.url + path)
    desk.locator(".msg.out", has_text="numéro 54").wait_for()
    assert desk.locator("[data-entries] [data-message]").count() == 40
    middle = desk.locator(".msg.out", has_text="numéro 16")
    desk.locator("[data-flow]").evaluate("flow => { flow.scrollTop = 0; }")
    desk.locator(".msg", has_text="où est ma commande").wait_for()
    assert desk.locator("[data-entries] [data-message]").count() == 56
    assert middle.evaluate("one => Math.abs(one.getBoundingClientRect().top) < 400")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_conversation_is_accessible(demo, agent, scheme):
    path = arrive(demo, f"claire.{scheme}@example.org", f"Accessible {scheme}")
    desk = agent(width=1440, color_scheme=scheme)
    desk.goto(demo.url + path)
    desk.locator("[data-entries] .msg").first.wait_for()
    assert_accessible(desk, "#main")
    desk.locator("[data-pivot]").click()
    desk.locator("#elsewhere input[value=qr]").check()
    desk.locator("#elsewhere form .go").click()
    desk.locator("#issued .qr svg").wait_for()
    assert_accessible(desk, "#elsewhere")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out(demo, agent, width):
    path = arrive(demo, f"claire.{width}@example.org", f"Étroit {width}", text="x" * 300)
    desk = agent(width=width, height=800)
    desk.goto(demo.url + path)
    desk.locator("[data-entries] .msg").first.wait_for()
    assert_no_overflow(desk)
    desk.goto(f"{demo.url}/settings/answers")
    assert_no_overflow(desk)
