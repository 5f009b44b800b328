/* A small set of emoji with names in English and French, by groups. No pictures: the reader's own font draws them. */

const SETS = {
  faces: "😀 smile sourire|😊 happy content|😉 wink clin d'œil|😂 joy rire|🙂 slight smile léger sourire|😍 love eyes amoureux|😘 kiss bisou|😎 cool lunettes|🤔 thinking réfléchir|😅 sweat gêne|😇 angel ange|🙃 upside down envers|😌 relieved soulagé|😏 smirk narquois|😐 neutral neutre|😕 confused confus|😢 sad triste|😭 crying pleurer|😡 angry fâché|😮 surprised surpris|😱 scared peur|🥳 party fête|🤗 hug câlin|🤝 handshake poignée de main|🙏 thanks please merci prière|😴 sleep dormir|🤒 ill malade",
  gestures: "👍 thumbs up yes pouce oui|👎 thumbs down no pouce non|👏 clap bravo applaudir|👋 wave hello bonjour salut|🙌 hooray hourra|💪 strong force|👌 perfect parfait|✌️ peace paix|🤞 luck chance doigts croisés|👉 right droite|👈 left gauche|👆 up haut|👇 down bas|✍️ write écrire|👀 eyes yeux|❤️ heart cœur|💙 blue heart cœur bleu|💚 green heart cœur vert|💛 yellow heart cœur jaune|💔 broken heart cœur brisé",
  work: "📦 parcel colis|🚚 delivery livraison camion|🏠 home maison|🏬 shop magasin|🛒 cart panier|🛍️ shopping sacs achats|💳 card carte bancaire|🧾 receipt reçu ticket|💶 money euro argent|🎁 gift cadeau|📅 calendar date calendrier|⏰ alarm réveil heure|⏳ wait sablier attente|📞 phone téléphone|📱 mobile portable|✉️ mail lettre courriel|📎 paperclip trombone|📄 page document|📷 photo appareil|🔗 link lien|🔒 lock cadenas|🔑 key clé|🔧 repair outil réparer|🔎 search loupe|💡 idea lamp idée lampe ampoule|🛋️ sofa canapé|🪑 chair chaise|🛏️ bed lit|🖼️ frame cadre tableau",
  signs: "✅ done check fait coché|❌ cross non croix|⚠️ warning attention|❗ important exclamation|❓ question|ℹ️ information|➡️ right arrow flèche droite|⬅️ left arrow flèche gauche|⬆️ up arrow flèche haut|⬇️ down arrow flèche bas|🔄 again recommencer|⭐ star étoile|✨ sparkle étincelles|🎉 party fête confettis|🔥 fire feu|💯 hundred cent|🆗 ok|🔔 bell cloche|📌 pin épingle|📍 place lieu|🟢 green vert|🟡 yellow jaune|🔴 red rouge",
  nature: "☀️ sun soleil|🌙 moon lune|☁️ cloud nuage|🌧️ rain pluie|❄️ snow neige|🌈 rainbow arc-en-ciel|🌸 flower fleur|🌹 rose|🌻 sunflower tournesol|🌳 tree arbre|🍀 clover trèfle chance|🐶 dog chien|🐱 cat chat|🐦 bird oiseau hirondelle|☕ coffee café|🍰 cake gâteau|🍎 apple pomme|🥐 croissant|🍷 wine vin|🥂 cheers santé",
};

export function emoji(here, put) {
  const pop = here.main.querySelector("#emoji");
  const groups = pop.querySelector("[data-emoji-groups]");
  const find = pop.querySelector("[data-emoji-find]");
  const on = { signal: here.signal };

  function draw() {
    const wanted = find.value.trim().toLocaleLowerCase();
    groups.replaceChildren(...Object.entries(SETS).flatMap(([name, set]) => {
      const buttons = set.split("|").filter((one) => one.toLocaleLowerCase().includes(wanted)).map((one) => {
        const [sign, ...words] = one.split(" ");
        const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: sign });
        button.setAttribute("aria-label", words.join(" "));
        button.title = words.join(" ");
        return button;
      });
      if (!buttons.length) return [];
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", here.words.emoji[name]);
      group.append(...buttons);
      return [Object.assign(document.createElement("h3"), { textContent: here.words.emoji[name] }), group];
    }));
  }

  pop.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    find.value = "";
    draw();
  }, on);
  find.addEventListener("input", draw, on);
  pop.addEventListener("keydown", (event) => {
    const buttons = [...groups.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: at < 0 ? 1 : 8, ArrowUp: -8 }[event.key];
    if (event.key === "Enter" && event.target === find) {
      event.preventDefault();
      buttons[0]?.click();
    }
    if (!step || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    (buttons[Math.max(0, at + step)] || buttons.at(-1))?.focus();
  }, on);
  groups.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    pop.hidePopover();
    put(button.textContent);
  }, on);
}
