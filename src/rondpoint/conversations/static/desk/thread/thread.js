/* One conversation on the screen. Its parts begin when it comes and end when another takes its place. */
import { live } from "../../ui/js/live.js";
import { changing } from "./changing.js";
import { composer } from "./composer.js";
import { flow } from "./flow.js";
import { mails } from "./mail.js";
import { refresh } from "./parts.js";
import { pictures } from "./pictures.js";
import { pivot } from "./pivot.js";
import { presence } from "./presence.js";
import { reasons } from "./reasons.js";

let shown = null;
let ending = null;

/** What all parts of one conversation share. */
function place(main, signal) {
  const words = main.querySelector("#thread-words");
  return {
    main,
    signal,
    id: main.dataset.conversation,
    me: main.dataset.me,
    replies: "replies" in main.dataset,
    url: (path) => `/conversations/${main.dataset.conversation}/${path}`,
    words: words ? JSON.parse(words.textContent) : {},
  };
}

function begin() {
  const main = document.querySelector("#main[data-conversation]");
  if (main === shown) return;
  ending?.abort();
  shown = main;
  ending = null;
  live.watch(main ? main.dataset.conversation : "");
  if (!main) return;
  ending = new AbortController();
  const here = place(main, ending.signal);
  const messages = flow(here);
  here.news = messages.news;
  here.last = messages.last;
  here.end = messages.end;
  mails(here);
  pictures(here);
  reasons(here);
  const others = presence(here);
  changing(here);
  if (here.replies) {
    composer(here, others);
    pivot(here);
  }
  const stop = live((event) => {
    messages.hear(event);
    others.hear(event);
    if (event.topic === "desk") return;
    if (event.type.startsWith("conversation.")) refresh("thread-head");
    if (event.type.startsWith("customer.") || event.type.startsWith("consent.")) refresh("customer");
    if (BRIEFED.some((start) => event.type.startsWith(start))) refresh("briefing");
  });
  ending.signal.addEventListener("abort", stop);
}

const BRIEFED = ["conversation.assigned", "commitment.", "summary.made", "message.queued"]; // change what opens the thread
begin();
new MutationObserver(begin).observe(document.querySelector(".desk") || document.body, { childList: true });
document.addEventListener("htmx:load", begin);
