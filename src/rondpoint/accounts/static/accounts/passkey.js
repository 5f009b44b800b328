/* Passkeys: [data-passkey="address"] signs in with one, with [data-make] it makes one. The options come from
   address/options and the browser's answer goes to the address; bytes travel in base64url. */
import { post } from "/static/ui/js/post.js";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function opened({ publicKey }) {
  const asked = { ...publicKey, challenge: toBytes(publicKey.challenge) };
  if (asked.user) asked.user = { ...asked.user, id: toBytes(asked.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (asked[list]) asked[list] = asked[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return { publicKey: asked };
}

function said(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(given),
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function talk(form) {
  const make = "make" in form.dataset;
  const options = await post(`${form.dataset.passkey}/options`);
  const asked = await options.json();
  if (!options.ok) return asked;
  const request = opened(asked);
  const credential = await (make ? navigator.credentials.create(request) : navigator.credentials.get(request));
  const fields = Object.fromEntries(new FormData(form));
  const answer = await post(form.dataset.passkey, { ...fields, answer: JSON.stringify(said(credential)) });
  return answer.json();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button");
  problem.hidden = true;
  button.setAttribute("aria-busy", "true");
  // Whoever closes the browser's question, or has no passkey here, is told so and stays.
  const outcome = await talk(form).catch(() => ({ error: form.dataset.failed }));
  button.removeAttribute("aria-busy");
  if (outcome.next) {
    location.assign(outcome.next);
    return;
  }
  problem.textContent = outcome.error || form.dataset.failed;
  problem.hidden = false;
});
