"""Her own page in a real browser: by a link from the desk, by a code on her phone, and what she does from there."""

import re

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, assert_reachable
from tests.peers.house import wait_for

pytestmark = pytest.mark.browser

AWA, PHONE = "awa.diallo@example.org", "+33199002001"


def items(page, demo):
    """What came to her telephone."""
    return page.request.get(f"{demo.url}/demo/phone/state").json()["items"]


def code(page, demo, app, after):
    """The six digits of the first message in an app of her telephone after an item."""

    def come():
        new = [item for item in items(page, demo) if item["id"] > after and item["app"] == app]
        return next((found[0] for item in new if (found := re.findall(r"\b\d{6}\b", item["text"]))), None)

    return wait_for(come, 60, f"a code by {app}")


def last(page, demo):
    return max((item["id"] for item in items(page, demo)), default=0)


def come_in(page, demo, address, app):
    """She asks for a code at ``/me`` and types it. From one network at most four codes go to an address in ten minutes,
    so that all files together may ask for four."""
    page.goto(f"{demo.url}/me")
    before = last(page, demo)
    page.fill("#address", address)
    page.click("main button.go")
    page.fill("#code", code(page, demo, app, before))
    page.click("main button.go")
    page.wait_for_url("**/me#newest")


def hers(demo):
    """The conversations of the telephone's owner, the newest first."""
    customer = demo.api("GET", f"/customers?identifier=email:{AWA}").json()["items"][0]["id"]
    return [row["id"] for row in demo.api("GET", f"/conversations?customer={customer}").json()["items"]]


@pytest.fixture(scope="module")
def opened(demo):
    """Her last conversation, open."""
    conversation = hers(demo)[0]
    demo.api("DELETE", f"/conversations/{conversation}/closure")
    return conversation


def test_a_link_from_the_desk_a_code_and_her_whole_history(demo, agent, person, opened):
    desk = agent(width=1440)
    desk.goto(f"{demo.url}/conversations/{opened}")
    desk.locator("[data-pivot]").click()
    desk.locator("#elsewhere input[value=link]").check()
    desk.locator("#elsewhere form .go").click()
    link = desk.locator("#issued-url").input_value()

    page = person(width=360, height=740, locale="fr-FR")
    page.goto(link)
    assert page.locator(".said").count() == 0
    assert_accessible(page)
    page.locator("main button.go").click()
    page.wait_for_url("**/me")
    page.locator("#proof").wait_for()
    assert page.locator(".said").count() == 0
    assert_accessible(page)
    assert_no_overflow(page)

    before = last(page, demo)
    page.locator("#proof button", has_text="a•••@example.org").click()
    page.fill("#code", code(page, demo, "mail", before))
    page.locator("#proof .go").click()
    page.wait_for_url("**/me#newest")
    assert page.locator(".said").count() > 5
    assert page.locator(".road").count() >= 1

    page.fill("#text", "Me voici sur ma page")
    page.click("#write .go")
    page.locator(".hers", has_text="Me voici sur ma page").wait_for()
    desk.goto(f"{demo.url}/conversations/{opened}")
    desk.locator(".msg", has_text="Me voici sur ma page").wait_for()


def test_a_code_by_sms_a_wish_a_call_and_the_answer_comes_by_itself(demo, agent, person, opened):
    page = person(width=1440, height=900, locale="fr-FR")
    come_in(page, demo, PHONE, "sms")
    page.fill("#text", "Répondez-moi plutôt par SMS")
    page.select_option("[name=answer]", "sms")
    page.click("#write .go")
    page.locator(".hers", has_text="Répondez-moi plutôt par SMS").wait_for()

    page.click("#call summary")
    page.select_option("#place", label="••• 01")
    page.click("#call button")
    page.locator("#promises li", has_text="••• 01").wait_for()

    desk = agent(width=1440)
    desk.goto(f"{demo.url}/conversations/{opened}")
    desk.locator('#composer input[name="channel"][value="sms"]:checked').wait_for(state="attached")
    desk.locator('#composer input[name="channel"][value="chat"]').check(force=True)
    desk.fill("#text", "Bien noté pour le rappel")
    desk.click("[data-send]")
    page.locator(".ours", has_text="Bien noté pour le rappel").wait_for(timeout=40_000)

    page.get_by_role("button", name=re.compile("phone|téléphone|code")).last.click()
    page.locator(".qr svg").wait_for()
    assert_accessible(page)
    page.goto(f"{demo.url}/me")
    page.locator("[data-leave]").click()
    page.locator("#address").wait_for()


def test_it_reads_and_writes_without_scripts(demo, person):
    page = person(width=360, height=740, java_script_enabled=False, locale="en-GB")
    come_in(page, demo, AWA, "mail")
    page.fill("#text", "Sans aucun script")
    page.click("#write .go")
    page.locator(".hers", has_text="Sans aucun script").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (768, "dark"), (1440, "light")])
def test_everybody_can_use_it(demo, person, width, scheme):
    page = person(width=width, height=800, color_scheme=scheme, locale="en-GB")
    page.goto(f"{demo.url}/me")
    assert_accessible(page)
    come_in(page, demo, {360: AWA, 768: PHONE, 1440: PHONE}[width], "mail" if width == 360 else "sms")
    page.locator("#call summary").click()
    assert_accessible(page)
    assert_no_overflow(page)
    assert_reachable(page)
