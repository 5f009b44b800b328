/* Who else is here: looking or writing. Told by a whisper that nobody keeps, and forgotten when it is not repeated. */
import { post } from "../../ui/js/post.js";

const EVERY = 20_000; // milliseconds between two signs of life
const FORGET = 45_000;
const WRITES = 6_000;
const TYPING_EVERY = 3_000;

export function presence(here) {
  const line = here.main.querySelector("[data-presence]");
  const others = new Map(); // user → {name, writing, seen}
  let customer = 0;
  let told = 0;

  const tell = (doing, to = "") => post(here.url("presence"), { doing, to }).catch(() => {});
  const look = () => document.visibilityState === "visible" && tell("viewing");

  function show() {
    const now = Date.now();
    for (const [user, one] of others) if (now - one.seen > FORGET) others.delete(user);
    const here_now = [...others.values()];
    const writing = here_now.find((one) => now - one.writing < WRITES);
    if (writing) line.textContent = line.dataset.writing.replace("NAME", writing.name);
    else if (now - customer < WRITES) line.textContent = line.dataset.customer;
    else if (here_now.length) line.textContent = line.dataset.viewing.replace("NAME", here_now.map((one) => one.name).join(", "));
    else line.textContent = "";
    line.classList.toggle("collides", Boolean(writing));
    faces(here_now);
  }

  function faces(people) {
    const list = here.main.querySelector("[data-faces]");
    if (!list) return;
    list.hidden = !people.length;
    list.replaceChildren(...people.slice(0, 4).map((one) => {
      const face = document.createElement("li");
      face.textContent = one.name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2);
      face.dataset.tip = one.name;
      face.setAttribute("aria-label", one.name);
      return face;
    }));
  }

  const timers = [setInterval(look, EVERY), setInterval(show, 2_000)];
  const leave = () => {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    fetch(here.url("presence"), {
      method: "POST",
      body: new URLSearchParams({ doing: "gone" }),
      headers: { "X-CSRFToken": token },
      keepalive: true,
    }).catch(() => {});
  };
  window.addEventListener("pagehide", leave, { signal: here.signal });
  document.addEventListener("htmx:afterSwap", (event) => event.target.id === "thread-head" && show(), { signal: here.signal });
  here.signal.addEventListener("abort", () => {
    timers.forEach(clearInterval);
    leave();
  });

  return {
    /** Somebody at this screen types: colleagues see it, and the visitor when it is for her. */
    typing(forCustomer) {
      if (Date.now() - told < TYPING_EVERY) return;
      told = Date.now();
      tell("writing", forCustomer ? "customer" : "");
    },
    hear(event) {
      // Who leaves and comes is new to the others, and they answer: a sign they gave before the line stood was missed.
      if (event.type === "line.open") tell("gone").then(look);
      if (event.topic === "desk") return;
      if (event.type === "typing" && event.kind === "customer") customer = Date.now();
      else if (event.type === "message.received") customer = 0;
      else if (event.type === "presence" && String(event.user) !== here.me) {
        if (event.kind === "gone") others.delete(event.user);
        else {
          const before = others.get(event.user);
          const writing = event.kind === "writing" ? Date.now() : before?.writing || 0;
          others.set(event.user, { name: event.name, writing, seen: Date.now() });
          if (!before) look(); // so that who comes later sees who was here first
        }
      } else return;
      show();
    },
  };
}
