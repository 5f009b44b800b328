/* The head: assigning, putting aside, closing, without leaving the page. */
import { key, keys } from "../../ui/js/keys.js";
import { post } from "../../ui/js/post.js";
import { toast } from "../../ui/js/toast.js";
import { refresh } from "./parts.js";

export function changing(here) {
  const on = { signal: here.signal };

  here.main.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-change]");
    if (!form) return;
    event.preventDefault();
    if ("at" in form.dataset) {
      const moment = new Date(form.querySelector("[type=datetime-local]").value);
      form.querySelector("[name=until]").value = moment.getTime() * 1000;
    }
    const data = new FormData(form, event.submitter);
    data.set("as", "json");
    const answer = await post(form.action, data).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer?.ok) {
      toast(said.error || here.words.offline, { kind: "bad" });
      return;
    }
    form.closest("dialog")?.close();
    if (!said.visible) {
      location.assign("/inbox");
      return;
    }
    const redraw = () => {
      refresh("thread-head");
      here.news();
    };
    redraw();
    const undo = () => post(form.action, { undo: 1, as: "json" }).then(redraw);
    if (form.action.endsWith("/closure") && said.state === "closed") toast(here.words.closed, { undo });
    if (form.action.endsWith("/snooze") && said.state === "snoozed") toast(here.words.snoozed, { undo });
    if (event.submitter?.value === "next") next();
  }, on);

  const press = (selector) => () => here.main.querySelector(selector)?.click();
  const there = (selector) => () => Boolean(here.main.querySelector(selector));
  const taken = [
    key("shift+e", { label: here.words.close_next, group: here.words.group, run: press("#close-next-button"), when: there("#close-next-button") }),
  ];
  here.signal.addEventListener("abort", () => taken.forEach((give) => give()));
}

/** Opens the next conversation of the list; the list itself when there is none. */
export function next() {
  const down = keys().find((one) => one.combo === "j");
  if (down) down.run();
  else location.assign("/inbox");
}
