/* The desk's little script: live updates without losing a typed word, keys, and the composer. */
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const desk = $("[data-ticket]");
  const refresh = (id) => { const pane = document.getElementById(id); if (pane && window.htmx) htmx.trigger(pane, "refresh"); };
  const down = () => { const flow = $(".flow"); if (flow) flow.scrollTop = flow.scrollHeight; };
  down();

  // One line to the server; each reconnect asks for a fresh ticket.
  let timer = 0, pending = new Set();
  const soon = (id) => { pending.add(id); clearTimeout(timer); timer = setTimeout(() => { pending.forEach(refresh); pending.clear(); }, 60); };
  const listen = async () => {
    const open = $("[data-conversation]");
    const answer = await fetch("/desk/ticket?conversation=" + (open ? open.dataset.conversation : ""), { credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok) return setTimeout(listen, 3000);
    const source = new EventSource("/desk/stream?ticket=" + encodeURIComponent((await answer.json()).ticket));
    source.onopen = () => { soon("rows"); soon("flow"); }; // what came between the page and the line
    source.onmessage = (event) => {
      const news = JSON.parse(event.data);
      if (news.type === "typing") {
        const line = $("#typing");
        if (line && news.kind === "customer") { line.hidden = false; clearTimeout(line.timer); line.timer = setTimeout(() => { line.hidden = true; }, 4000); }
        return;
      }
      soon("rows");
      if (news.topic !== "desk") { soon("flow"); if (news.type.startsWith("customer.")) soon("customer"); }
    };
    source.onerror = () => { source.close(); setTimeout(listen, 1500); };
  };
  if (desk) listen();

  // A swap makes a new scrolling box: whoever read the end still does, whoever read further up stays there.
  let kept = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "flow") { const flow = $(".flow"); kept = { top: flow.scrollTop, end: flow.scrollHeight - flow.scrollTop - flow.clientHeight < 80 }; }
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "flow" && kept) { if (kept.end) down(); else $(".flow").scrollTop = kept.top; }
  });

  // The composer: the button names the channel, the cost follows the text, a draft survives.
  const form = $("#composer");
  if (form) {
    const box = form.querySelector("textarea"), send = form.querySelector("[data-send]"), draft = "draft:" + form.dataset.for;
    const named = () => { const way = form.querySelector("[name=channel]:checked"); if (way) { send.querySelector("span").textContent = way.dataset.verb; form.querySelector("#subject-field").hidden = !way.dataset.subject; } };
    form.addEventListener("change", named); named();
    // A draft goes only once the page after sending is here and did not bring the text back.
    if (!box.value && sessionStorage.getItem(draft + ":sent") === sessionStorage.getItem(draft)) sessionStorage.removeItem(draft);
    sessionStorage.removeItem(draft + ":sent");
    box.value = box.value || sessionStorage.getItem(draft) || "";
    let told = 0;
    const cost = () => { const way = form.querySelector("[name=channel]:checked"); if (!way || !box.value) { $("#cost").textContent = ""; return; }
      fetch(form.dataset.reach + "?text=" + encodeURIComponent(box.value.slice(0, 3000)) + "&channel=" + way.value).then((answer) => answer.text()).then((text) => { $("#cost").textContent = text; }).catch(() => {}); };
    let counting = 0;
    box.addEventListener("input", () => {
      sessionStorage.setItem(draft, box.value);
      box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight, 300) + "px";
      clearTimeout(counting); counting = setTimeout(cost, 250);
      if (Date.now() - told > 3000) { told = Date.now(); fetch(form.dataset.typing, { method: "POST", headers: { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value } }).catch(() => {}); }
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); } });
    form.addEventListener("submit", () => { sessionStorage.setItem(draft + ":sent", box.value); send.disabled = true; });
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    if (event.target.closest("[data-shut]")) event.target.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input,textarea,select,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...document.querySelectorAll("a.row")], now = rows.findIndex((row) => row.hasAttribute("aria-current"));
    if (event.key === "j" && rows[now + 1]) rows[now + 1].click();
    if (event.key === "k" && now > 0) rows[now - 1].click();
    if (event.key === "r" && form) { event.preventDefault(); form.querySelector("textarea").focus(); }
    if (event.key === "e" && $("#close-button")) $("#close-button").click();
    if (event.key === "/" && $("#find")) { event.preventDefault(); $("#find").focus(); }
  });
})();
