/* Mails in their frames: as high as what is in them, pictures of others only when asked for. No script runs inside;
   the frame keeps our origin so that it can be measured from here. */

const HIGHEST = 6000; // pixels; beyond that the frame scrolls by itself

export function mails(here) {
  const measure = (frame) => {
    const inside = frame.contentDocument;
    if (!inside?.body) return;
    const fit = () => {
      const high = Math.min(inside.documentElement.offsetHeight, HIGHEST);
      if (high > 0) frame.style.setProperty("--height", `${Math.ceil(high) + 1}px`);
    };
    fit();
    const sizes = new ResizeObserver(fit);
    sizes.observe(inside.documentElement);
    here.signal.addEventListener("abort", () => sizes.disconnect());
  };
  const begin = (frame) => {
    if (frame.dataset.measured) return;
    frame.dataset.measured = "1";
    frame.addEventListener("load", () => measure(frame), { signal: here.signal });
    if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL !== "about:blank") measure(frame);
  };
  const all = () => { for (const frame of here.main.querySelectorAll("[data-mail] iframe")) begin(frame); };
  all();
  const watching = new MutationObserver(all);
  watching.observe(here.main.querySelector("[data-entries]"), { childList: true });
  here.signal.addEventListener("abort", () => watching.disconnect());

  here.main.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pictures]");
    if (!button) return;
    const mail = button.closest("[data-mail]");
    const frame = mail.querySelector("iframe");
    frame.src = `${frame.getAttribute("src").split("?")[0]}?pictures=1`;
    button.closest("p").remove();
  }, { signal: here.signal });
}
