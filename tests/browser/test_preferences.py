"""The preference centre in a real browser: reached from her own page, on a phone, by keyboard and without scripts."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow
from tests.browser.test_own_page import AWA, PHONE, come_in

pytestmark = pytest.mark.browser


def test_she_chooses_what_we_may_write_to_her(demo, person):
    page = person(width=360, height=740, locale="fr-FR")
    come_in(page, demo, PHONE, "sms")
    page.locator("#preferences-title + p a").click()
    page.wait_for_url("**/u/**")
    assert_accessible(page)
    assert_no_overflow(page)
    offers = page.locator("fieldset", has=page.locator("legend", has_text="Offres"))
    offers.locator(".box", has_text="SMS").locator("input[type=checkbox]").first.check()
    assert offers.locator(".question").inner_text() == "Oui, prévenez-moi des offres. Je peux dire stop à tout moment."
    page.select_option("select[name='per_week.offers']", "1")
    page.select_option("select[name='way.transactional']", "sms")
    page.select_option("select[name=per_week]", "2")
    page.fill("input[name=quiet_from]", "20:00")
    page.fill("input[name=quiet_to]", "08:00")
    page.locator("button.go").press("Enter")
    page.locator(".callout.ok").wait_for()
    assert offers.locator(".box", has_text="SMS").locator("input[type=checkbox]").first.is_checked()
    assert page.input_value("input[name=quiet_from]") == "20:00"

    customer = demo.api("GET", f"/customers?identifier=email:{AWA}").json()["items"][0]["id"]
    standing = demo.api("GET", f"/customers/{customer}/consents").json()["standing"]
    assert any(row["allowed"] for row in standing if (row["purpose"], row["channel"]) == ("offers", "sms"))
    wishes = demo.api("GET", f"/customers/{customer}/preferences").json()
    assert wishes["per_week"] == {"": 2, "offers": 1} and wishes["channels"] == {"transactional": "sms"}

    page.locator("button[name=everything]").click()
    page.locator(".callout.ok").wait_for()
    assert page.locator("main input[name=yes]:checked").count() == 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="English").click()
    page.get_by_role("heading", name="What we may write to you").wait_for()
    assert_accessible(page)
