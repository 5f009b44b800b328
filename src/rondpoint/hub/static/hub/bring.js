/* A file on its way in: streamed aside of the form, because only the streaming side of the house takes large bodies. */

const form = document.querySelector("[data-bring]");
const words = document.querySelector("script[data-late]").dataset;
const bar = form.querySelector("progress");
const problem = form.querySelector("[data-problem]");
const button = form.querySelector("button");

function fail(text) {
  problem.textContent = text;
  problem.hidden = false;
  bar.hidden = true;
  button.disabled = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = form.file.files[0];
  if (!file) return;
  problem.hidden = true;
  button.disabled = true;
  try {
    const { ticket, most } = await (await fetch("/imports/ticket")).json();
    if (file.size > most) {
      fail(words.large);
      return;
    }
    bar.hidden = false;
    const asked = new URLSearchParams({ kind: form.kind.value, origin: form.origin.value, country: form.country.value });
    const call = new XMLHttpRequest();
    call.open("POST", `/desk/imports?${asked}`);
    call.setRequestHeader("X-Upload-Ticket", ticket);
    call.setRequestHeader("X-Filename", encodeURIComponent(file.name));
    call.setRequestHeader("Content-Type", "application/octet-stream");
    call.upload.onprogress = (sent) => {
      if (sent.lengthComputable) bar.value = sent.loaded / sent.total;
    };
    call.onload = () => {
      const said = JSON.parse(call.responseText || "{}");
      if (call.status === 201) location.assign(said.place);
      else fail(said.detail || words.late);
    };
    call.onerror = () => fail(words.late);
    call.send(file);
  } catch {
    fail(words.late);
  }
});
