/* The demo's card: asks how far the tour is, switches live traffic, resets. */
import { post } from "/static/ui/js/post.js";

const card = document.getElementById("tour");
const part = (selector) => card.querySelector(selector);
const FOLDED = "rondpoint-tour-folded";

function show(tour) {
  for (const step of card.querySelectorAll("[data-step]")) {
    step.classList.toggle("done", tour.done.includes(step.dataset.step));
    step.classList.toggle("now", step.dataset.step === tour.next);
    if (step.dataset.step === tour.next) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  part(".tour-done").hidden = Boolean(tour.next);
  if (tour.conversation) {
    for (const link of card.querySelectorAll("[data-tour-conversation]")) link.href = `/conversations/${tour.conversation}`;
  }
  part("[data-tour-traffic]").checked = tour.traffic;
  card.hidden = false;
}

async function refresh() {
  const answer = await fetch(card.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer && answer.ok && !answer.redirected) show(await answer.json());
  setTimeout(refresh, document.hidden ? 8000 : 2000);
}

function fold(folded) {
  card.classList.toggle("folded", folded);
  part("[data-tour-fold]").setAttribute("aria-expanded", String(!folded));
}

part("[data-tour-fold]").addEventListener("click", () => {
  fold(!card.classList.contains("folded"));
  localStorage.setItem(FOLDED, card.classList.contains("folded") ? "1" : "0");
});
part("[data-tour-phone]").addEventListener("click", (event) => {
  // Beside the desk rather than over it, where the screen has room.
  event.preventDefault();
  const left = window.screenX + window.outerWidth - 480;
  window.open(event.currentTarget.href, "rondpoint-phone", `width=460,height=900,left=${left},top=40`);
});
part("[data-tour-traffic]").addEventListener("change", (event) => post(card.dataset.traffic, { on: event.target.checked ? "1" : "" }));
part("[data-tour-reset]")?.addEventListener("click", () => {
  part(".tour-sure").hidden = false;
  part(".tour-foot").hidden = true;
  part(".tour-sure .danger").focus();
});
part("[data-tour-keep]").addEventListener("click", () => {
  part(".tour-sure").hidden = true;
  part(".tour-foot").hidden = false;
  part("[data-tour-reset]").focus();
});

const remembered = localStorage.getItem(FOLDED);
// It opens by itself where it covers nothing: beside the list alone.
fold(remembered === null ? window.innerWidth < 1100 || location.pathname !== "/inbox" : remembered === "1");
refresh();
