/* Drafts: kept on the server while one writes, and at the last moment when the page goes. */
import { post } from "../../ui/js/post.js";

const AFTER = 600; // milliseconds after the last key

export function drafts(here, form, state) {
  const field = form.querySelector("[name=key]");
  let timer = 0;
  let waiting = false;
  let underWay = Promise.resolve();

  function content() {
    const { mode, text, channel } = state();
    const said = [["kind", mode], ["text", text], ["channel", channel]];
    if (mode === "answer") {
      said.push(["subject", form.querySelector("#subject").value], ["key", field.value]);
      for (const file of form.querySelectorAll("[name=file]")) said.push(["file", file.value]);
    }
    return said;
  }

  function save() {
    waiting = false;
    clearTimeout(timer);
    const said = content();
    underWay = underWay.then(() => post(here.url("draft"), said)).catch(() => {});
    return underWay;
  }

  function flush() {
    if (!waiting) return;
    waiting = false;
    clearTimeout(timer);
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    fetch(here.url("draft"), {
      method: "POST",
      body: new URLSearchParams(content()),
      headers: { "X-CSRFToken": token },
      keepalive: true,
    }).catch(() => {});
  }

  window.addEventListener("pagehide", flush, { signal: here.signal });
  document.addEventListener("visibilitychange", () => document.hidden && flush(), { signal: here.signal });
  here.signal.addEventListener("abort", flush);

  return {
    flush,
    later() {
      waiting = true;
      clearTimeout(timer);
      timer = setTimeout(save, AFTER);
    },
    /** Nothing more is kept of what is about to be sent; resolves when nothing is on its way either. */
    stop() {
      waiting = false;
      clearTimeout(timer);
      return underWay;
    },
    /** What is written from now on is another answer. */
    renew() {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      field.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}
