"""All records compared while somebody looks on: its steps, and then the new figures, without loading the page anew."""

import re

from playwright.sync_api import expect


def test_who_asks_for_a_comparison_sees_it_end(demo, agent):
    page = agent("admin@example.com")
    page.goto(f"{demo.url}/matching")
    page.locator("#matching-state button").click()
    expect(page.locator("#matching-state")).to_have_attribute("hx-trigger", "every 2s")
    expect(page.locator("#matching-state button")).to_be_visible(timeout=90_000)
    row = page.locator("table").last.locator("tbody tr").first
    expect(row).to_contain_text("admin@example.com")
    expect(row).to_contain_text(re.compile("fait|done|terminé", re.IGNORECASE))
