"""The silo audit in Chromium: computed by the demo's worker, light and dark, wide and narrow."""

import pytest
from tests.browser.accessible import assert_accessible, assert_no_overflow, assert_reachable

pytestmark = pytest.mark.browser

@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (360, "light")])
def test_a_manager_reads_what_to_join_next(demo, agent, width, scheme):
    page = agent("admin@example.com", width=width, height=900, color_scheme=scheme)
    page.goto(f"{demo.url}/silos")
    if not page.locator(".verdict").count():
        page.click("main form button")
        page.wait_for_selector(".verdict", timeout=60_000)
    assert "sources" in page.inner_text(".verdict")
    assert page.locator(".next > li").count() >= 4
    complete, shared = page.locator(".overlap").all()
    assert complete.locator("thead th").count() == 8 and complete.locator("tbody tr").count() == 6
    assert shared.locator("tbody tr").count() == 6
    assert page.locator("tr", has_text="équipe").count() >= 2
    page.locator("details summary").first.click()
    page.wait_for_selector(".examples a")
    assert_accessible(page)
    assert_no_overflow(page)
    if width == 1440 and scheme == "light":
        assert_reachable(page)
