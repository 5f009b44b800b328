/* The messages: what is new is added at the foot, what is older comes as one scrolls up, and nothing ever jumps. */
import { post } from "../../ui/js/post.js";

const NEAR = 80; // pixels from the end that still count as the end
const OVERLAP = 10_000_000; // microseconds asked for twice, for what was committed out of order
const OPEN = ["queued", "sent", "delivered", "unknown"];
const MOST_WATCHED = 60;
const PAGES_TO_A_MESSAGE = 25;

export function flow(here) {
  const scroller = here.main.querySelector("[data-flow]");
  const entries = here.main.querySelector("[data-entries]");
  const chip = here.main.querySelector("[data-fresh]");
  const empty = here.main.querySelector("[data-empty]");
  const on = { signal: here.signal };
  let last = Number(entries.dataset.last);
  let since = Number(entries.dataset.since);
  let follow = true; // the reader is at the end, and stays there
  let unseen = 0;

  const gap = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };

  function chipShows() {
    chip.hidden = !unseen;
    const said = chip.querySelector("[data-one]");
    said.textContent = unseen === 1 ? said.dataset.one : said.dataset.many.replace("N", unseen);
  }

  scroller.addEventListener(
    "scroll",
    () => {
      follow = gap() < NEAR;
      if (follow && unseen) {
        unseen = 0;
        chipShows();
      }
      if (follow) reading();
    },
    { ...on, passive: true },
  );
  chip.addEventListener("click", () => { toEnd(); scroller.focus({ preventScroll: true }); }, on);

  // Pictures and mails get their height late, and the composer grows: whoever is at the end stays there.
  const sizes = new ResizeObserver(() => follow && toEnd());
  sizes.observe(entries);
  sizes.observe(scroller);
  here.signal.addEventListener("abort", () => sizes.disconnect());

  const known = (element) => {
    for (const name of ["message", "note", "fact", "commitment", "day"]) {
      const value = element.dataset[name];
      if (value) return entries.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
    }
    return null;
  };

  /** A message of an earlier page, which is not here yet and has its place there. */
  const older = (element) => {
    const first = entries.querySelector("[data-earlier]") && entries.querySelector("[data-id]");
    return Boolean(first && element.dataset.id && Number(element.dataset.id) < Number(first.dataset.id));
  };

  function add(html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    for (const element of [...made.content.children]) {
      // The change of road and the line above belong to the message that follows them.
      if (element.matches(".road, .unread-line")) {
        const next = element.nextElementSibling;
        const whose = next?.matches(".unread-line") ? next.nextElementSibling : next;
        if (whose && (known(whose) || older(whose))) continue;
      }
      const there = known(element);
      if (there && element.dataset.commitment) there.replaceWith(element);
      if (there || older(element)) continue;
      entries.append(element);
      window.htmx?.process(element);
    }
    empty.hidden = entries.childElementCount > 0;
  }

  function watched() {
    const open = [...entries.querySelectorAll("[data-state]")].filter((one) => OPEN.includes(one.dataset.state));
    return open.slice(-MOST_WATCHED).map((one) => one.dataset.message);
  }

  function settle(states, gone) {
    for (const [name, html] of Object.entries(states)) {
      const message = entries.querySelector(`[data-message="${CSS.escape(name)}"]`);
      const receipt = message?.querySelector("[data-receipt]");
      if (!receipt) continue;
      const made = document.createElement("template");
      made.innerHTML = html;
      const state = made.content.querySelector("[data-is]")?.dataset.is;
      if (state && state === message.dataset.state) continue;
      receipt.replaceChildren(made.content);
      if (state) message.dataset.state = state;
    }
    for (const name of gone) {
      const message = entries.querySelector(`[data-message="${CSS.escape(name)}"]`);
      const before = message?.previousElementSibling;
      if (before?.matches(".road")) before.remove();
      message?.remove();
    }
    empty.hidden = entries.childElementCount > 0;
  }

  let asking = null;
  let again = false;
  /** Asks for what is new and puts it in its place. */
  async function news() {
    if (asking) {
      again = true;
      return asking;
    }
    asking = (async () => {
      do {
        again = false;
        const asked = new URLSearchParams({ after: last, since: since - OVERLAP, watch: watched().join(",") });
        const answer = await fetch(here.url(`news?${asked}`), { signal: here.signal }).catch(() => null);
        const came = answer?.ok ? await answer.json().catch(() => null) : null;
        if (!came) return;
        const stay = follow;
        settle(came.states, came.gone);
        const before = entries.querySelectorAll("[data-message]").length;
        add(came.entries);
        const fresh = entries.querySelectorAll("[data-message]").length - before;
        last = Math.max(last, came.last);
        since = came.since;
        if (stay) toEnd();
        else if (fresh > 0) {
          unseen += fresh;
          chipShows();
        }
        if (fresh > 0) reading(true);
      } while (again);
    })().finally(() => { asking = null; });
    return asking;
  }

  async function earlier(mark) {
    if (mark.dataset.asked) return false;
    mark.dataset.asked = "1";
    const answer = await fetch(mark.querySelector("a").href, { signal: here.signal }).catch(() => null);
    const page = answer?.ok ? await answer.text().catch(() => null) : null;
    if (page === null) {
      delete mark.dataset.asked;
      return false;
    }
    const made = document.createElement("template");
    made.innerHTML = page;
    const kept = scroller.scrollHeight - scroller.scrollTop;
    const came = [...made.content.children];
    mark.replaceWith(made.content);
    for (const element of came) window.htmx?.process(element);
    if (!follow) scroller.scrollTop = scroller.scrollHeight - kept;
    watch();
    return true;
  }

  const top = new IntersectionObserver(
    (seen) => { for (const one of seen) if (one.isIntersecting) earlier(one.target); },
    { root: scroller, rootMargin: "400px 0px 0px 0px" },
  );
  here.signal.addEventListener("abort", () => top.disconnect());
  function watch() {
    const mark = entries.querySelector("[data-earlier]:not([data-asked])");
    if (mark) top.observe(mark);
  }
  entries.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-earlier]");
    if (!mark) return;
    event.preventDefault();
    earlier(mark);
  }, on);

  // Read is what stood before somebody's eyes.
  let told = !("unreadNow" in here.main.dataset);
  let readTimer = 0;
  function reading(fresh = false) {
    if (fresh) told = false;
    if (told || !here.replies || document.visibilityState !== "visible" || gap() >= NEAR) return;
    clearTimeout(readTimer);
    readTimer = setTimeout(() => {
      if (here.signal.aborted || document.visibilityState !== "visible") return;
      told = true;
      post(here.url("reading")).catch(() => { told = false; });
    }, 700);
  }
  document.addEventListener("visibilitychange", () => reading(), on);

  async function begin() {
    const wanted = location.hash.startsWith("#m-") ? location.hash.slice(1) : "";
    if (wanted) {
      follow = false;
      for (let page = 0; page < PAGES_TO_A_MESSAGE && !document.getElementById(wanted); page += 1) {
        const mark = entries.querySelector("[data-earlier]");
        if (!mark || !(await earlier(mark))) break;
      }
      const target = document.getElementById(wanted);
      target?.scrollIntoView({ block: "center" });
      target?.classList.add("pointed");
    } else {
      const line = entries.querySelector("[data-unread]");
      if (line && line.offsetTop < scroller.scrollHeight - scroller.clientHeight) {
        follow = false;
        scroller.scrollTop = line.offsetTop - 48;
      } else {
        toEnd();
      }
    }
    watch();
    reading();
  }
  begin();
  window.addEventListener("hashchange", () => {
    const target = location.hash.startsWith("#m-") && document.getElementById(location.hash.slice(1));
    if (!target) return;
    follow = false;
    target.scrollIntoView({ block: "center" });
  }, on);

  entries.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-again]");
    if (!button) return;
    button.disabled = true;
    const name = button.closest("[data-message]").dataset.message;
    const answer = await post(`/messages/${name}/again`, { key: Date.now() }).catch(() => null);
    const said = answer ? await answer.json().catch(() => ({})) : {};
    if (answer?.ok) news();
    else {
      button.disabled = false;
      const { toast } = await import("../../ui/js/toast.js");
      toast(said.error || here.words.offline, { kind: "bad" });
    }
  }, on);

  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(news, 60);
  };
  return {
    news,
    last: () => last,
    /** Goes to the end, where one's own answer stands. */
    end() {
      follow = true;
      toEnd();
    },
    hear(event) {
      if (event.type === "line.open") soon();
      else if (event.topic !== "desk" && event.type !== "presence" && event.type !== "typing") soon();
    },
  };
}
