/* The dialog in which a promise is noted or moved: [data-promise="address"] opens it, [data-text] is what it says. */
import { post } from "/static/ui/js/post.js";

const MINUTE = 60_000;

function local(moment) {
  const shifted = new Date(moment - moment.getTimezoneOffset() * MINUTE);
  return shifted.toISOString().slice(0, 16);
}

function usual({ dataset }) {
  const moment = new Date();
  if (dataset.in) return new Date(moment.getTime() + dataset.in * MINUTE);
  moment.setDate(moment.getDate() + Number(dataset.day));
  moment.setHours(Number(dataset.hour), 0, 0, 0);
  return moment;
}

/* Of a whole letter only what says something: no greeting, no name at its foot. */
function core(text) {
  const lines = text.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line.length > 25);
  return (telling.length ? telling : lines.filter(Boolean)).join(" ");
}

function open(button) {
  const dialog = document.getElementById("promise-dialog");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const title = dialog.querySelector("h2");
  const moving = !button.dataset.messageId;
  form.reset();
  form.action = button.dataset.promise;
  form.elements.message.value = button.dataset.messageId || "";
  form.elements.from.value = button.dataset.from || "thread";
  form.elements.text.value = moving ? button.dataset.text : core(button.dataset.text);
  form.elements.text.readOnly = moving;
  form.elements.at.min = local(new Date());
  dialog.querySelector("[data-reason]").hidden = !moving;
  dialog.querySelector("[data-problem]").hidden = true;
  title.textContent = moving ? title.dataset.move : title.dataset.new;
  dialog.showModal();
  (moving ? form.elements.at : form.elements.text).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-promise]");
  if (button) open(button);
  const time = event.target.closest("#promise-dialog [data-in], #promise-dialog [data-day]");
  if (time) time.form.elements.at.value = local(usual(time));
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-promise-form]");
  if (!form) return;
  event.preventDefault();
  const said = Object.fromEntries(new FormData(form));
  // The browser's own clock is meant, wherever she sits.
  said.due = String(new Date(said.at).getTime() * 1000);
  const answer = await post(form.action, said).catch(() => null);
  const problem = form.querySelector("[data-problem]");
  if (answer?.ok || answer?.redirected) {
    form.closest("dialog").close();
    if (form.elements.from.value === "list") location.reload();
    else window.htmx?.trigger("#briefing", "refresh");
    return;
  }
  const told = await answer?.json().catch(() => null);
  problem.textContent = told?.error || form.dataset.lost;
  problem.hidden = false;
});
