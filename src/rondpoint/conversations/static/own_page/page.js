// Her page with a little comfort: the newest message in sight, words kept while she writes. Everything works without it.
const KEY = "rondpoint-me-draft";
const text = document.querySelector("#text");
const thread = document.querySelector("#thread");
const storage = (() => {
  try { return window.sessionStorage; } catch { return null; }
})();

const atEnd = () => window.innerHeight + window.scrollY > document.body.scrollHeight - 240;
const toEnd = () => thread?.lastElementChild?.scrollIntoView({ block: "end" });

if (location.hash === "#latest") storage?.removeItem(KEY); // the answer to a message that was taken

if (text) {
  if (!text.value && storage?.getItem(KEY)) text.value = storage.getItem(KEY);
  text.addEventListener("input", () => storage?.setItem(KEY, text.value));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) text.form.requestSubmit();
  });
  text.form.addEventListener("submit", () => text.form.querySelector(".go").setAttribute("aria-busy", "true"));
  window.addEventListener("pageshow", () => text.form.querySelector(".go").removeAttribute("aria-busy"));
}
document.querySelector("[data-leave]")?.addEventListener("click", () => storage?.removeItem(KEY));

const beside = matchMedia("(min-width: 900px)").matches; // there, promises are in sight whatever the thread shows
const mending = document.querySelector("[aria-invalid]");
if (thread && !mending && !location.search && (beside || !location.hash || ["#latest", "#newest"].includes(location.hash))) toEnd();

let following = true;
document.addEventListener("htmx:beforeSwap", () => { following = atEnd(); });
document.addEventListener("htmx:afterSwap", () => { if (following) toEnd(); });
