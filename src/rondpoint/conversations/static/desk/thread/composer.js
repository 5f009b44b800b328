/* The composer: one box for answers on any road and for notes. What is written is never lost: it is a draft until it
   has been sent, and comes back when the send is undone. */
import { ask } from "../../ui/js/dialog.js";
import { key } from "../../ui/js/keys.js";
import { place } from "../../ui/js/menu.js";
import { post } from "../../ui/js/post.js";
import { toast } from "../../ui/js/toast.js";
import { next } from "./changing.js";
import { drafts } from "./drafts.js";
import { emoji } from "./emoji.js";
import { refresh } from "./parts.js";
import { suggestions } from "./suggest.js";
import { uploads } from "./uploads.js";

const COUNT_AFTER = 300; // milliseconds after the last key

export function composer(here, others) {
  const form = here.main.querySelector("#composer");
  const box = form.querySelector("textarea");
  const send = form.querySelector("[data-send]");
  const error = form.querySelector("[data-error]");
  const on = { signal: here.signal };
  const texts = { answer: box.value, note: here.words.note_draft || "" };
  let mode = "answer";
  let sending = false;
  // The last message on the screen when this answer was begun: what a colleague says after it may make it needless.
  let began = box.value ? here.last() : null;

  // Toasts stay clear of the composer.
  const size = new ResizeObserver(() => {
    document.documentElement.style.setProperty("--composer", `${Math.ceil(form.getBoundingClientRect().height)}px`);
  });
  size.observe(form);
  here.signal.addEventListener("abort", () => size.disconnect());

  const road = () => form.querySelector("[name=channel]:checked");
  const isNote = () => mode === "note";
  const draft = drafts(here, form, () => ({ mode, text: box.value, channel: isNote() ? "" : road()?.value || "" }));
  const files = uploads(here, form, () => changed());

  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.setProperty("height", "auto");
    box.style.setProperty("height", `${Math.min(box.scrollHeight, 320)}px`);
  }

  /** The button names the road, and only what this road has is shown. */
  function fits() {
    const way = road();
    const wanted = way?.value === "note" ? "note" : "answer";
    if (wanted !== mode) {
      draft.flush();
      texts[mode] = box.value;
      mode = wanted;
      box.value = texts[mode];
    }
    form.classList.toggle("noting", isNote());
    form.querySelector("[data-box]").classList.toggle("noting", isNote());
    form.querySelector("[data-subject]").hidden = !way || !("hasSubject" in way.dataset);
    for (const to of form.querySelectorAll("[data-to]")) {
      to.hidden = isNote() || to.dataset.to !== way?.value;
      const choice = to.querySelector("select");
      if (choice) choice.disabled = to.hidden;
    }
    form.querySelector("[data-lines]").hidden = !form.querySelector("[data-lines] > :not([hidden])");
    for (const part of form.querySelectorAll("[data-answers-only]")) part.hidden = isNote();
    box.placeholder = isNote() ? box.dataset.notePlaceholder : box.dataset.placeholder;
    send.querySelector("span").textContent = way ? way.dataset.verb : send.dataset.nowhere;
    send.disabled = !way;
    say("");
    grow();
    count();
  }

  let counting = 0;
  function count() {
    clearTimeout(counting);
    counting = setTimeout(measure, COUNT_AFTER);
  }
  async function measure() {
    const cost = form.querySelector("#cost");
    const filled = form.querySelector("[data-filled]");
    const hint = form.querySelector("[data-hint]");
    if (isNote() || !road() || !box.value.trim()) {
      cost.textContent = "";
      filled.hidden = true;
      hint.hidden = true;
      return;
    }
    const text = box.value;
    const answer = await post(here.url("reach"), { text, channel: road().value }).catch(() => null);
    if (!answer?.ok || text !== box.value || here.signal.aborted) return;
    const said = await answer.json();
    cost.title = said.said;
    cost.textContent = [said.said, said.refusal].filter(Boolean).join(" · ");
    hint.hidden = !said.hint;
    hint.textContent = said.hint || "";
    cost.classList.toggle("bad", Boolean(said.refusal));
    filled.hidden = !said.filled;
    filled.classList.toggle("bad", Boolean(said.problem));
    filled.querySelector("span").textContent = said.problem || said.filled;
  }

  function changed() {
    texts[mode] = box.value;
    if (!isNote()) began = box.value ? (began ?? here.last()) : null;
    grow();
    count();
    draft.later();
  }

  function say(text) {
    error.hidden = !text;
    error.querySelector("span").textContent = text;
  }

  function put(text, select = true) {
    const start = box.selectionStart ?? box.value.length;
    box.setRangeText(text, start, box.selectionEnd ?? start, "end");
    if (select) box.focus();
    changed();
  }

  function fill(back) {
    const way = form.querySelector(`[name=channel][value="${CSS.escape(back.channel)}"]:not(:disabled)`);
    if (way) way.checked = true;
    fits();
    box.value = box.value.trim() ? `${back.text}\n\n${box.value}` : back.text;
    if (back.subject) form.querySelector("#subject").value = back.subject;
    files.put(back.files);
    box.focus();
    changed();
  }

  async function undo(ticket) {
    const answer = await post(here.url("undo"), { undo: ticket }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (!answer?.ok) {
      toast(said.error || here.words.offline, { kind: "bad" });
      return;
    }
    if (here.signal.aborted) toast(here.words.kept);
    else fill(said);
    here.news();
    refresh("thread-head");
  }

  async function submit(then = "", confirmed = "") {
    if (sending || files.busy()) return;
    const way = road();
    if (!way || (!box.value.trim() && (isNote() || !files.any()))) {
      say(here.words.nothing);
      box.focus();
      return;
    }
    sending = true;
    send.setAttribute("aria-busy", "true");
    say("");
    await draft.stop();
    const data = new FormData(form);
    data.delete("files");
    data.set("as", "json");
    data.set("seen", began ?? here.last());
    data.set("then", then);
    if (confirmed) data.set("confirmed", confirmed);
    const note = isNote();
    const [wrote, text] = [mode, box.value];
    const answer = await post(here.url(note ? "notes" : "messages"), data).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    sending = false;
    send.removeAttribute("aria-busy");
    if (answer?.status === 409 && said.ask) {
      here.news();
      draft.later();
      if (await ask(said.ask, { yes: here.words.send_anyway })) submit(then, "1");
      else began = here.last();
      return;
    }
    if (!answer?.ok) {
      say(said.error || here.words.offline);
      draft.later();
      box.focus();
      return;
    }
    // It may be on the screen before this answer is here: what was written meanwhile stays.
    if (mode !== wrote) texts[wrote] = "";
    else if (box.value.startsWith(text)) box.value = box.value.slice(text.length).trimStart();
    texts[mode] = box.value;
    if (!note) {
      began = null;
      files.clear();
      draft.renew();
    }
    grow();
    count();
    await here.news();
    here.end();
    if (!note && said.undo) toast(here.words.sent, { undo: () => undo(said.undo), seconds: said.seconds });
    refresh("thread-head");
    if (then === "close") next();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  }, on);
  form.addEventListener("change", (event) => event.target.name === "channel" && (fits(), draft.later()), on);
  box.addEventListener("input", () => {
    changed();
    if (box.value) others.typing(!isNote());
  }, on);
  form.querySelector("#subject").addEventListener("input", () => draft.later(), on);

  here.main.addEventListener("click", (event) => {
    const variable = event.target.closest("[data-variable]");
    if (variable) put(`{{ ${variable.dataset.variable} }}`);
    if (event.target.closest("[data-then]")) submit(event.target.closest("[data-then]").dataset.then);
  }, on);

  // What other parts of the page ask for: words to put in, a road to take.
  document.addEventListener("composer:insert", (event) => put(event.detail.text), on);
  document.addEventListener("road", (event) => {
    const way = form.querySelector(`[name=channel][value="${CSS.escape(event.detail?.channel ?? event.detail)}"]:not(:disabled)`);
    if (!way) return;
    way.checked = true;
    fits();
    draft.later();
    box.focus();
  }, on);

  function take(value) {
    const way = form.querySelector(`[name=channel][value="${value}"]`);
    way.checked = true;
    fits();
    box.focus();
  }
  const group = here.words.group;
  const inside = () => form.contains(document.activeElement);
  const taken = [
    key("r", { label: here.words.reply, group, run: () => (isNote() ? take(here.words.road || form.querySelector("[name=channel]:not(:disabled):not([value=note])")?.value) : box.focus()) }),
    key("n", { label: here.words.note, group, run: () => take("note") }),
    key("mod+enter", { label: here.words.send, group, run: () => submit(), when: inside }),
    key("mod+shift+enter", { label: here.words.send_close, group, run: () => submit("close"), when: () => inside() && !isNote() }),
  ];
  here.signal.addEventListener("abort", () => taken.forEach((give) => give()));
  box.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && box.blur(), on);

  suggestions(here, form, box, { isNote, changed, place });
  emoji(here, put);
  fits();
}
