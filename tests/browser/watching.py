"""Watches every frame of a browser for scripts that nobody meant to run, and for markup that nobody meant to be."""

import re

from playwright.sync_api import Error, Page
from tests.peers.house import wait_for

# A call of alert in any frame says so on its console; where this could not be put, a real dialog opens.
TELL = "window.alert = (number) => console.log('RAN ' + number);"
# What no page of ours holds: handlers and addresses that run, frames and scripts that are not ours.
FOREIGN = """() => {
  const found = [];
  const runs = /^[\\s\\x00-\\x20]*(javascript|vbscript|data:(?!image\\/))/i;
  const addresses = ["href", "src", "action", "formaction", "xlink:href", "data", "poster", "values", "to", "srcset"];
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (/^(on|hx-on|data-hx-on|x-init|v-html|srcdoc)/i.test(name)) found.push(element.tagName + " " + name);
      if (addresses.includes(name) && runs.test(value)) found.push(element.tagName + " " + name + "=" + value);
      if (/^hx-(get|post|vals|headers)$/.test(name) && /^\\s*(javascript|js):/i.test(value)) found.push(name + value);
      if (name === "hx-trigger" && /\\[.*alert/.test(value)) found.push(name + value);
    }
  }
  for (const script of document.scripts) {
    if (script.type === "application/json") continue;  // data, never run
    if (!script.src || new URL(script.src).origin !== location.origin) found.push("script " + script.outerHTML);
  }
  for (const one of document.querySelectorAll("object, embed, portal, frameset, applet, meta[http-equiv=refresh i]")) {
    found.push(one.outerHTML.slice(0, 80));
  }
  for (const base of document.querySelectorAll("base[href]")) found.push(base.outerHTML);
  return found;
}"""


class Watch:
    """What ran and what stood where it should not, over all pages of a browser context."""

    def __init__(self, context):
        self.ran, self.blocked, self.markup, self.visits, self.shown = [], [], [], 0, set()
        context.add_init_script(TELL)
        context.on("console", self._console)
        context.on("dialog", self._dialog)

    def look(self, page):
        """Looks through the document and its frames as they stand now."""
        self.visits += 1
        for frame in page.frames:
            try:
                self.markup += [(page.url, one) for one in frame.evaluate(FOREIGN)]
            except Exception as error:  # a frame that went away meanwhile, or whose scripts are all switched off
                if "detached" not in str(error) and "destroyed" not in str(error):
                    raise
        self.shown |= set(re.findall(r"alert\((\d+)\)", page.content()))

    def visit(self, page, address):
        """Opens an address and looks."""
        page.goto(address, wait_until="load")
        self.look(page)

    @property
    def faults(self):
        """Everything that is wrong, shortened."""
        return [*self.ran, *self.blocked, *self.markup][:20]

    def _console(self, message):
        if message.text.startswith("RAN ") or "Ignored call to 'alert" in message.text:
            self.ran.append((message.page.url if message.page else "", message.text))
        # The policy or the sandbox stopped what the page should not have held.
        elif re.search(r"(inline (script|event handler)|Blocked script execution|javascript: URL)", message.text):
            self.blocked.append((message.page.url if message.page else "", message.text[:120]))

    def _dialog(self, dialog):
        self.ran.append((dialog.page.url if dialog.page else "", f"dialog {dialog.message}"))
        dialog.dismiss()


def until(page: Page, expression: str, told: object = None, seconds: float = 20) -> None:
    """Waits until an expression of the page, or a function of ``told``, is true. Playwright's own
    ``wait_for_function`` asks again from within the page with ``eval``, which our pages forbid and report."""

    def answer() -> object:
        try:
            return page.evaluate(expression, told)
        except Error as error:
            if "context was destroyed" in str(error):
                return False  # the page is just being replaced by the next one, which is asked as well
            raise

    wait_for(answer, seconds, expression)
