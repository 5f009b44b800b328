/* A picture, large. */

export function pictures(here) {
  const dialog = here.main.querySelector("[data-picture]");
  here.main.addEventListener("click", (event) => {
    const link = event.target.closest("[data-enlarge]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const image = dialog.querySelector("img");
    image.src = link.href;
    image.alt = link.querySelector("img").alt;
    dialog.querySelector("a").href = link.href;
    dialog.querySelector("a").download = image.alt;
    dialog.showModal();
  }, { signal: here.signal });
}
