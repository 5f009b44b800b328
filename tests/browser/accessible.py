"""What every screen of the desk must hold: no axe violation, nothing that scrolls sideways, all of it by keyboard."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# axe counts "visible" by layout; content in landmarks is a best practice that dialogs and toasts do not follow.
NOT_OURS = {"region"}


def assert_accessible(page: Page, within: str | None = None) -> None:
    """No axe violation on the page, or in the part that a selector names. Frames with sandbox are left out."""
    settle(page)
    found = Axe().run(page, context=within, options=RULES)
    broken = [violation for violation in found.response["violations"] if violation["id"] not in NOT_OURS]
    assert broken == [], "\n".join(_told(violation) for violation in broken)


def assert_no_overflow(page: Page) -> None:
    """The page does not scroll sideways, and nothing sticks out of the window without a scroller around it."""
    settle(page)
    too_wide = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
          return [...document.body.querySelectorAll("*")]
            .filter((one) => one.getBoundingClientRect().right > width + 1)
            .filter((one) => getComputedStyle(one).position !== "fixed")
            .slice(0, 5)
            .map((one) => one.outerHTML.slice(0, 120));
        }"""
    )
    assert too_wide == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def assert_reachable(page: Page, most: int = 400) -> None:
    """Tab reaches every control that can be seen, and each shows where the focus is."""
    wanted = page.evaluate(
        """() => {
          const all = "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select, textarea, summary";
          let number = 0;
          for (const one of document.querySelectorAll(all)) {
            const group = one.type === "radio" && one.name;
            const other = group && document.querySelector(`[type=radio][name="${one.name}"]:checked`);
            if (!one.checkVisibility({ visibilityProperty: true }) || one.tabIndex < 0) continue;
            if (one.closest("[inert]") || (other && other !== one && other.form === one.form)) continue;
            if (group && !other && document.querySelector(`[data-reach-group="${one.name}"]`)) continue;
            if (group) one.dataset.reachGroup = one.name;
            one.dataset.reach = String(number++);
          }
          document.activeElement?.blur();
          return number;
        }"""
    )
    reached = set()
    for _ in range(min(most, wanted * 2 + 20)):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.dataset?.reach ?? ''"))
        if len(reached - {""}) == wanted:
            return
    missed = page.evaluate(
        """(reached) => [...document.querySelectorAll("[data-reach]")]
          .filter((one) => !reached.includes(one.dataset.reach)).map((one) => one.outerHTML.slice(0, 120))""",
        list(reached),
    )
    assert missed == []


def settle(page: Page) -> None:
    """Waits until nothing moves: fonts are there and animations that end have ended."""
    page.evaluate(
        """() => Promise.all([
          document.fonts.ready,
          ...document.getAnimations()
            .filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
            .map((one) => one.finished.catch(() => null)),
        ]).then(() => null)"""
    )


def _told(violation: dict) -> str:
    nodes = "\n".join(
        f"    {node['html'][:200]}\n      {node.get('failureSummary', '')[:300]}" for node in violation["nodes"][:4]
    )
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{nodes}"
