/* What can be put in while one writes: canned answers after "/", colleagues after "@" in a note. */

const ASK_AFTER = 120; // milliseconds

export function suggestions(here, form, box, { isNote, changed }) {
  const list = form.querySelector("#suggest");
  const on = { signal: here.signal };
  let options = [];
  let chosen = 0;
  let from = 0; // where the word that is replaced begins
  let timer = 0;
  let asked = 0;

  function close() {
    list.hidden = true;
    options = [];
    box.removeAttribute("aria-activedescendant");
    box.removeAttribute("aria-controls");
  }

  function show(found, start) {
    options = found;
    from = start;
    chosen = 0;
    if (!found.length) {
      close();
      return;
    }
    list.replaceChildren(...found.map((one, index) => {
      const option = document.createElement("div");
      option.setAttribute("role", "option");
      option.id = `suggest-${index}`;
      option.append(Object.assign(document.createElement("b"), { textContent: one.name }));
      if (one.title) option.append(Object.assign(document.createElement("span"), { textContent: one.title }));
      if (one.hint) option.append(Object.assign(document.createElement("small"), { textContent: one.hint }));
      return option;
    }));
    list.hidden = false;
    box.setAttribute("aria-controls", "suggest");
    mark();
  }

  function mark() {
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", index === chosen));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", `suggest-${chosen}`);
  }

  function take(index) {
    const one = options[index];
    if (!one) return;
    box.setRangeText(one.text, from, box.selectionStart, "end");
    close();
    box.focus();
    changed();
  }

  async function look() {
    const before = box.value.slice(0, box.selectionStart);
    const call = before.match(/(?:^|\s)@([^@\n]{0,40})$/u);
    if (isNote() && call) {
      const wanted = call[1].toLocaleLowerCase();
      const start = before.length - call[1].length - 1;
      const people = here.words.colleagues.filter((name) => name.toLocaleLowerCase().includes(wanted));
      show(people.slice(0, 8).map((name) => ({ name, text: `@${name} ` })), start);
      return;
    }
    const slash = before.match(/(?:^|\s)\/([\w-]*)$/u);
    if (isNote() || !slash) {
      close();
      return;
    }
    const mine = ++asked;
    const answer = await fetch(here.url(`answers?q=${encodeURIComponent(slash[1])}`), { signal: here.signal }).catch(() => null);
    const found = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!found || mine !== asked) return;
    const { answers } = found;
    show(answers.map((one) => ({ name: `/${one.shortcut}`, title: one.title, hint: one.text.slice(0, 120), text: one.text })), before.length - slash[1].length - 1);
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, ASK_AFTER);
  }, on);
  box.addEventListener("blur", () => setTimeout(close, 150), on);
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
      mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey) take(chosen);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  }, on);
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    take([...list.children].indexOf(option));
  }, on);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-canned]")) return;
    box.focus();
    const before = box.value.slice(0, box.selectionStart);
    box.setRangeText(before && !/\s$/.test(before) ? " /" : "/", box.selectionStart, box.selectionEnd, "end");
    look();
  }, on);
}
