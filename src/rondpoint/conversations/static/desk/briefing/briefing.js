/* The box above the thread: puts words into the composer, and warns before something known is asked. */
import { post } from "/static/ui/js/post.js";

const PAUSE = 500;
const field = document.getElementById("text");
const hints = document.getElementById("composer-hints");
const thread = document.querySelector("[data-conversation]");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  document.dispatchEvent(new CustomEvent("composer:insert", { detail: { text: button.dataset.insert } }));
});

if (field && hints && thread) {
  let pause = 0;
  let asked = 0;
  hints.setAttribute("role", "status");
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(look, PAUSE);
  });

  async function look() {
    const mine = ++asked;
    const kind = document.querySelector("#composer input[name=channel]:checked")?.value;
    if (!field.value.trim() || kind === "note") return hints.replaceChildren();
    // Without a line the warning only stays away; the answer itself is kept by the composer.
    const answer = await post(`/conversations/${thread.dataset.conversation}/known`, { text: field.value }).catch(() => null);
    if (answer?.ok && mine === asked) hints.innerHTML = await answer.text();
  }
}
