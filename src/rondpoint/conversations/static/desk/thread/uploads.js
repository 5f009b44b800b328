/* Files for an answer: chosen, pasted or dropped, each with its progress. They travel aside of the form, because only
   the streaming side of the house takes large bodies. */

export function uploads(here, form, changed) {
  const list = form.querySelector("[data-files]");
  const box = form.querySelector("[data-box]");
  const on = { signal: here.signal };
  let moving = 0;

  function row(name) {
    const item = document.createElement("li");
    const words = Object.assign(document.createElement("span"), { textContent: name });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", name);
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "quiet icon small", textContent: "×" });
    drop.dataset.dropFile = "";
    drop.setAttribute("aria-label", `${here.words.take_out} ${name}`);
    item.append(words, bar, drop);
    list.append(item);
    return item;
  }

  function hold(item, token) {
    item.querySelector("progress")?.remove();
    item.dataset.token = token;
    item.append(Object.assign(document.createElement("input"), { type: "hidden", name: "file", value: token }));
  }

  function fail(item, text) {
    item.querySelector("progress")?.remove();
    item.classList.add("bad");
    item.querySelector("span").textContent += ` · ${text}`;
  }

  async function send(file) {
    if (list.querySelectorAll("li:not(.bad)").length >= here.words.most_files) return;
    const item = row(file.name || here.words.picture);
    moving += 1;
    try {
      const answer = await fetch("/desk/upload-ticket", { signal: here.signal });
      const { ticket, most } = await answer.json();
      if (file.size > most) {
        fail(item, here.words.too_large);
        return;
      }
      const kept = await new Promise((resolve, reject) => {
        const call = new XMLHttpRequest();
        call.open("POST", "/desk/files");
        call.setRequestHeader("X-Upload-Ticket", ticket);
        call.setRequestHeader("X-Filename", encodeURIComponent(file.name || `${here.words.picture}.png`));
        call.setRequestHeader("Content-Type", file.type || "application/octet-stream");
        call.upload.onprogress = (event) => {
          const bar = item.querySelector("progress");
          if (bar && event.lengthComputable) bar.value = event.loaded / event.total;
        };
        call.onload = () => (call.status === 200 ? resolve(JSON.parse(call.responseText)) : reject(new Error(String(call.status))));
        call.onerror = () => reject(new Error("line"));
        item.addEventListener("drop-file", () => call.abort());
        call.onabort = () => reject(new Error("abort"));
        call.send(file);
      });
      if (item.isConnected) hold(item, kept.token);
      changed();
    } catch (error) {
      if (item.isConnected) fail(item, error.message === "413" ? here.words.too_large : here.words.not_kept);
    } finally {
      moving -= 1;
    }
  }

  form.querySelector("[data-pick]").addEventListener("change", (event) => {
    for (const file of event.target.files) send(file);
    event.target.value = "";
  }, on);
  form.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || form.classList.contains("noting")) return;
    event.preventDefault();
    files.forEach(send);
  }, on);
  let over = 0;
  const carries = (event) => [...event.dataTransfer.types].includes("Files") && !form.classList.contains("noting");
  here.main.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    over += 1;
    box.classList.add("over");
  }, on);
  here.main.addEventListener("dragleave", () => {
    over = Math.max(0, over - 1);
    if (!over) box.classList.remove("over");
  }, on);
  here.main.addEventListener("dragover", (event) => carries(event) && event.preventDefault(), on);
  here.main.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over = 0;
    box.classList.remove("over");
    [...event.dataTransfer.files].forEach(send);
  }, on);
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[data-drop-file]")?.closest("li");
    if (!item) return;
    item.dispatchEvent(new CustomEvent("drop-file"));
    item.remove();
    changed();
    form.querySelector("textarea").focus();
  }, on);

  return {
    any: () => Boolean(list.querySelector("[name=file]")),
    busy: () => moving > 0,
    clear: () => list.replaceChildren(),
    /** Files that came back with an answer that was undone. */
    put(files) {
      for (const file of files) hold(row(file.name), file.token);
    },
  };
}
