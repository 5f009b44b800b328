/* The live line of the desk: one stream of events a page, with a fresh ticket at each connection. It rests while
   the tab has been hidden for a while, because a browser allows six lines to a house. */

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const REST_AFTER = 60000;

const callbacks = new Set();
let watched = document.querySelector("[data-conversation]")?.dataset.conversation || "";
let source = null;
let wait = FIRST_WAIT;
let timer = 0;
let begun = false;
let resting = false;
let attempt = 0;

/**
 * Calls back with each event `{type, topic, kind, name, conversation_id}`, and with `{type: "line.open"}` whenever
 * the line stands (again): what came in between was missed, so ask for the whole. Gives a function that stops it.
 */
export function live(callback) {
  callbacks.add(callback);
  begin();
  return () => callbacks.delete(callback);
}

/** Listens to this conversation's own topic too ("" for none). */
live.watch = (conversation) => {
  if (conversation === watched) return;
  watched = conversation;
  if (begun) connect();
};

function begin() {
  if (begun) return;
  begun = true;
  connect();
}

function tell(event) {
  for (const callback of callbacks) callback(event);
}

function state(name) {
  document.dispatchEvent(new CustomEvent("line", { detail: name }));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(connect, wait);
  wait = Math.min(wait * 1.7, LONGEST_WAIT);
}

async function connect() {
  clearTimeout(timer);
  source?.close();
  source = null;
  const mine = ++attempt;
  const answer = await fetch(`/desk/ticket?conversation=${encodeURIComponent(watched)}`, {
    credentials: "same-origin",
    redirect: "manual",
  }).catch(() => null);
  if (mine !== attempt) return;
  if (answer?.type === "opaqueredirect" || answer?.status === 403 || answer?.status === 404) {
    state("signed-out");
    return;
  }
  const said = answer?.ok ? await answer.json().catch(() => null) : null;
  if (mine !== attempt) return;
  if (!said) {
    state("down");
    later();
    return;
  }
  const opened = new EventSource(`/desk/stream?ticket=${encodeURIComponent(said.ticket)}`);
  source = opened;
  opened.onopen = () => {
    wait = FIRST_WAIT;
    state("up");
    tell({ type: "line.open" });
  };
  opened.onmessage = (event) => tell(JSON.parse(event.data));
  opened.onerror = () => {
    if (source !== opened) return;
    opened.close();
    state("down");
    later();
  };
}

let hidden = 0;
document.addEventListener("visibilitychange", () => {
  clearTimeout(hidden);
  if (document.hidden) {
    hidden = setTimeout(() => {
      resting = begun;
      attempt += 1;
      clearTimeout(timer);
      source?.close();
      source = null;
    }, REST_AFTER);
  } else if (resting) {
    resting = false;
    connect();
  }
});
for (const change of ["online", "offline"]) window.addEventListener(change, () => begun && connect());
window.addEventListener("pagehide", () => source?.close());
window.addEventListener("pageshow", (event) => event.persisted && begun && connect());
