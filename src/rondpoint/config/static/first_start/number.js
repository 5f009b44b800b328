/* Shows of the form only what the chosen provider wants. */

const provider = document.getElementById("f-provider");

function choose() {
  for (const part of document.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== provider.value;
}

if (provider) {
  provider.addEventListener("change", choose);
  choose();
}
