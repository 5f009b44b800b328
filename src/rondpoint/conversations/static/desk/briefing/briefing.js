/* The box above the thread: keeps itself folded as left, puts words into the composer, and warns before something
   known is asked. The thread is exchanged in place, so everything listens on the document. */
import { post } from "/static/ui/js/post.js";
import "/static/desk/briefing/promise.js";

const PAUSE = 500;
let pause = 0;
let asked = 0;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  document.dispatchEvent(new CustomEvent("composer:insert", { detail: { text: button.dataset.insert } }));
});

document.addEventListener("input", (event) => {
  if (event.target.id !== "text") return;
  clearTimeout(pause);
  pause = setTimeout(() => look(event.target), PAUSE);
});

async function look(field) {
  const mine = ++asked;
  const hints = document.getElementById("composer-hints");
  const thread = document.querySelector("main[data-conversation]");
  if (!hints || !thread || !field.isConnected) return;
  hints.setAttribute("role", "status");
  const kind = document.querySelector("#composer input[name=channel]:checked")?.value;
  if (!field.value.trim() || kind === "note") {
    hints.replaceChildren();
    return;
  }
  // Without a line the warning only stays away; the answer itself is kept by the composer.
  const answer = await post(`/conversations/${thread.dataset.conversation}/known`, { text: field.value }).catch(() => null);
  if (answer?.ok && mine === asked) hints.innerHTML = await answer.text();
}

/* What somebody folds stays folded until the conversation turns again; what she opens stays open meanwhile. */
const place = () => `summary:${document.querySelector("main[data-conversation]")?.dataset.conversation}`;

document.addEventListener("click", (event) => {
  const box = event.target.closest(".briefing > summary")?.parentElement;
  if (box) localStorage.setItem(place(), `${box.dataset.turn}:${box.open ? "" : "open"}`); // as it will be
});

document.addEventListener("htmx:load", (event) => {
  const box = event.target.querySelector?.(".briefing") || event.target.closest?.(".briefing");
  const [turn, open] = (localStorage.getItem(place()) || "").split(":");
  if (box && open !== undefined && turn === box.dataset.turn) box.open = open === "open";
});
