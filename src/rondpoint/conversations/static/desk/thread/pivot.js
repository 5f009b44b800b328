/* Going on elsewhere: a link, a QR code, a code or an address. */

export function pivot(here) {
  const dialog = here.main.querySelector("#elsewhere");
  const form = dialog.querySelector("[data-pivot-form]");
  const issued = dialog.querySelector("#issued");
  const on = { signal: here.signal };

  function fits() {
    const via = form.querySelector("[name=via]:checked").value;
    for (const field of form.querySelectorAll("[data-send-by]")) field.hidden = via !== "link";
    for (const field of form.querySelectorAll("[data-send-by] :is(input, select)")) field.disabled = via !== "link";
    issued.replaceChildren();
  }
  here.main.addEventListener("click", async (event) => {
    if (event.target.closest("[data-pivot]")) {
      fits();
      dialog.showModal();
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      await navigator.clipboard?.writeText(field.value).catch(() => {});
      copy.textContent = copy.dataset.done;
    }
  }, on);
  form.addEventListener("change", fits, on);
  issued.addEventListener("htmx:afterSwap", () => {
    const code = issued.querySelector(".qr svg");
    if (code) code.setAttribute("viewBox", `0 0 ${code.getAttribute("width")} ${code.getAttribute("height")}`);
    issued.scrollIntoView({ block: "nearest" });
    here.news();
  }, on);
}
