/* Says when the live line is down for more than a moment, and when somebody was signed out meanwhile. */

const AFTER = 4000; // milliseconds: a reload or a short gap is not worth a word
const banner = document.getElementById("offline");
let timer = 0;

function show(which) {
  if (!banner) return;
  for (const text of banner.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== which;
  banner.hidden = !which;
}

document.addEventListener("line", (event) => {
  clearTimeout(timer);
  if (event.detail === "up") show("");
  else if (event.detail === "signed-out") show("signed-out");
  else timer = setTimeout(() => show("down"), AFTER);
});
window.addEventListener("offline", () => show("down"));
window.addEventListener("online", () => show(""));
