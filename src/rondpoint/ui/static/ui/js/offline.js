/* Says when the live line is down for more than a moment, and when somebody was signed out meanwhile. Only the line
   itself is believed: a house reached over a local network works on while the browser calls itself offline. */

const AFTER = 4000; // milliseconds: a reload or a short gap is not worth a word
const banner = document.getElementById("offline");
let timer = 0;

function show(which) {
  clearTimeout(timer);
  timer = 0;
  if (!banner) return;
  for (const text of banner.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== which;
  banner.hidden = !which;
}

document.addEventListener("line", (event) => {
  if (event.detail === "up") show("");
  else if (event.detail === "signed-out") show("signed-out");
  // Each vain try says "down" again; the moment counts from the first.
  else if (navigator.onLine) timer ||= setTimeout(() => show("down"), AFTER);
  else show("down");
});
