// The script of every page. Everything works without it; it confirms, copies, keeps a form from being sent twice, and follows what changes.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  // After this turn, so that the pressed button's own name and value are still sent.
  setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
});

// A page that comes back from the history can be used again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    document.querySelectorAll("button[disabled]").forEach((button) => { button.disabled = false; });
  }
});

// A narrow menu runs sideways: where one is stands in it.
const current = document.querySelector(".nav [aria-current=page]");
if (current) current.scrollIntoView({ block: "nearest", inline: "center" });

function offerCopies(root) {
  root.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const words = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = words; }, 1500);
    });
  });
}

// Parts with data-live name the topics they depend on. The node says that something of a topic changed; then the page is asked for again, and the parts
// that read differently take the place of the old ones. What somebody is filling in stays as it is, with a link to load the page anew.
const PAUSE_MS = 400;

function follow() {
  const parts = () => [...document.querySelectorAll("[data-live][id]")];
  const topics = new Set(parts().flatMap((part) => part.dataset.live.split(" ")));
  const mark = document.getElementById("live-mark");
  const left = document.getElementById("live-left");
  const said = document.getElementById("live-said");
  if (topics.size === 0 || !window.EventSource || !said) return;
  // As the server wrote them: the script itself changes a few things afterwards.
  const shown = new Map(parts().map((part) => [part.id, part.innerHTML]));
  let source = null;
  let isLoading = false;
  let isDue = false;

  const isEdited = (part) => [...part.querySelectorAll("input, textarea, select")].some((field) => {
    if (field === document.activeElement) return true;
    if (field.type === "hidden") return false;
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option, index) => option.selected !== (option.defaultSelected || (index === 0 && !field.querySelector("[selected]"))));
    return field.value !== field.defaultValue;
  });

  // How to find the same control again after its part was replaced.
  const place = (control) => {
    if (control.id) return `#${CSS.escape(control.id)}`;
    const known = ["href", "name", "value", "aria-label"].filter((name) => control.hasAttribute(name));
    return control.localName + known.map((name) => `[${name}="${CSS.escape(control.getAttribute(name))}"]`).join("");
  };

  const replace = (part, fresh) => {
    const active = part.contains(document.activeElement) ? place(document.activeElement) : null;
    const open = [...part.querySelectorAll("details[id][open]")].map((details) => details.id);
    part.replaceChildren(...fresh.childNodes);
    offerCopies(part);
    open.forEach((id) => { const details = document.getElementById(id); if (details) details.open = true; });
    const again = active && part.querySelector(active);
    if (again) again.focus({ preventScroll: true });
  };

  const saying = (root) => [...root.querySelectorAll("[data-say]")].map((one) => one.textContent.trim()).join(" ");

  async function load() {
    const response = await fetch(window.location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
    // The session is over: the login leads back here.
    if (response.redirected) { window.location.reload(); return; }
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const before = saying(document);
    let isChanged = false;
    for (const part of parts()) {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML === shown.get(part.id)) continue;
      if (isEdited(part)) { left.hidden = false; continue; }
      shown.set(part.id, fresh.innerHTML);
      replace(part, fresh);
      isChanged = true;
    }
    if (!isChanged) return;
    const after = saying(document);
    said.textContent = after && after !== before ? after : said.dataset.updated;
  }

  async function refresh() {
    isDue = true;
    if (isLoading) return;
    isLoading = true;
    while (isDue) {
      isDue = false;
      try { await load(); } catch { /* the node is away; when it is back the stream says so */ }
      await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    }
    isLoading = false;
  }

  // A page that nobody looks at holds no connection: a browser has only a few for each node. What changed before the stream was there, be it since the page
  // was written or while nobody looked, is asked for once it is.
  function open() {
    if (source || document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("open", () => { mark.hidden = false; refresh(); });
    source.addEventListener("error", () => { mark.hidden = true; });
    topics.forEach((topic) => source.addEventListener(topic, refresh));
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { open(); return; }
    if (source) source.close();
    source = null;
    mark.hidden = true;
  });
  open();
}

offerCopies(document);
follow();
