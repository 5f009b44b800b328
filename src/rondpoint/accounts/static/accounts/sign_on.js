// The redirect address goes to the clipboard; where the browser has none to give, it is selected for copying by hand.
const button = document.querySelector("[data-copy]");
button.addEventListener("click", async () => {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  } catch {
    field.focus();
  }
});
