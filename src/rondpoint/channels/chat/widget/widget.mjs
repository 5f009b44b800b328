/* Rondpoint's chat as a module: import { init } from "https://desk.example.com/widget.mjs"; init({ key: "…" });
   It brings widget.js, which does the work, to the page; what is called before it is there happens then. */
const base = new URL(import.meta.url).origin;
let ready = null;

/** Puts the chat on the page, once: {key, jwt, locale, theme: "auto" | "light" | "dark", open: true}. */
export const init = ({ key, open: wanted, ...given }) =>
  (ready = ready || new Promise((done, failed) => {
    window.rondpoint = given;
    const script = document.createElement("script");
    script.dataset.key = key;
    script.async = true;
    script.onload = () => {
      if (wanted) window.Rondpoint.open();
      done(window.Rondpoint);
    };
    script.onerror = () => failed(new Error("the chat could not be loaded"));
    script.src = base + "/widget.js";
    document.head.append(script);
  }));

const later = (name) => (...given) => (ready ? ready.then((chat) => chat[name](...given)) : Promise.reject(new Error("call init() first")));
export const open = later("open");
export const close = later("close");
/** The visitor has signed in to the site: her token. */
export const identify = later("identify");
/** She has signed out: the device forgets her. */
export const logout = later("logout");
/** on("open" | "close" | "message" | "unread", listener) */
export const on = later("on");
