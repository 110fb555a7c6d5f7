// Passkeys. A form with data-passkey is shown where the browser has them: this asks the node for a challenge, lets the browser make or use a passkey, and
// sends the form with what came of it. Without it people log in by name and password.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const letters = (buffer) => {
  const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

// As PublicKeyCredential.toJSON, which not every browser has.
const written = (made, response) => JSON.stringify({
  id: made.id,
  rawId: letters(made.rawId),
  type: made.type,
  authenticatorAttachment: made.authenticatorAttachment || null,
  clientExtensionResults: {},
  response,
});

const ceremonies = {
  async create(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    const { clientDataJSON, attestationObject } = made.response;
    return written(made, {
      clientDataJSON: letters(clientDataJSON),
      attestationObject: letters(attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  },
  async get(options) {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
    const made = await navigator.credentials.get({ publicKey });
    const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
    return written(made, {
      clientDataJSON: letters(clientDataJSON),
      authenticatorData: letters(authenticatorData),
      signature: letters(signature),
      userHandle: userHandle ? letters(userHandle) : null,
    });
  },
};

function say(form, text, address) {
  const said = form.querySelector("[data-said]");
  said.textContent = text;
  if (address) {
    const link = document.createElement("a");
    link.href = link.textContent = address;
    said.append(" ", link);
  }
  said.hidden = false;
  form.querySelectorAll("button").forEach((button) => { button.disabled = false; });
}

async function perform(form) {
  const response = await fetch(form.dataset.challenge, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    credentials: "same-origin",
  });
  // The session is over: the login leads back here.
  if (response.redirected) { window.location.reload(); return; }
  if (!response.ok) { say(form, await response.text()); return; }
  const given = await response.json();
  if (given.origin !== window.location.origin) {
    say(form, form.dataset.elsewhere, given.origin + window.location.pathname);
    return;
  }
  form.elements.credential.value = await ceremonies[form.dataset.passkey](given.publicKey);
  form.elements.challenge.value = given.challenge;
  // It was asked for and is not sent twice.
  if (form.elements.password) form.elements.password.value = "";
  form.submit();
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("[data-without-passkeys]").forEach((note) => { note.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.querySelector("[data-said]").hidden = true;
      perform(form).catch((error) => {
        const isKnown = error.name === "InvalidStateError" && form.dataset.known;
        // After this turn, in which the other script makes the buttons wait.
        setTimeout(() => say(form, isKnown ? form.dataset.known : form.dataset.cancelled), 0);
      });
    });
  });
}
