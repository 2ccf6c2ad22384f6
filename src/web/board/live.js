// Fetches the page again when there is something new to see, and changes only what is new: what is in focus, folded open or
// half typed stays, and so does the place on the screen.
const scene = document.getElementById("scene");
let source = null;
let fetching = false;
let again = false;

const isKept = (element, name) =>
  (name === "open" && element.tagName === "DETAILS") ||
  (/^(INPUT|TEXTAREA|SELECT|OPTION)$/.test(element.tagName) && element.type !== "hidden" && /^(value|checked|selected)$/.test(name));

const sameAttributes = (old, fresh) => {
  for (const { name, value } of fresh.attributes) {
    if (!isKept(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!isKept(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
};

// Elements with an id are the same wherever they went; others by their place.
const morph = (old, fresh) => {
  sameAttributes(old, fresh);
  if (old.tagName === "TEXTAREA") return;
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted.id ? document.getElementById(wanted.id) : null;
    if (known && known.tagName === wanted.tagName && scene.contains(known) && !known.contains(old)) {
      if (known === at) at = at.nextSibling;
      else old.insertBefore(known, at);
      morph(known, wanted);
    } else if (at && !at.id && !wanted.id && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName) {
      if (at.nodeType === Node.ELEMENT_NODE) morph(at, wanted);
      else if (at.data !== wanted.data) at.data = wanted.data;
      at = at.nextSibling;
    } else {
      old.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
};

// What is in focus, or else the first card in sight, stays where it is on the screen.
const anchor = () => {
  const focused = document.activeElement;
  if (focused && focused !== document.body && scene.contains(focused)) return focused;
  return [...scene.querySelectorAll("[id]")].find((one) => one.getBoundingClientRect().top >= 0) ?? null;
};

const show = (fresh) => {
  const held = anchor();
  const before = held?.getBoundingClientRect().top;
  const focused = scene.contains(document.activeElement) ? document.activeElement : null;
  morph(scene, fresh);
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  if (held?.isConnected) {
    const moved = held.getBoundingClientRect().top - before;
    if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
  }
  document.dispatchEvent(new Event("greenlight:fresh"));
};

const refresh = async () => {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.pathname + location.search, { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401 || answer.status === 404) {
      location.reload();
      return;
    }
    const fresh = answer.ok
      ? new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("scene")
      : null;
    if (fresh) show(fresh);
  } catch {
    // Away for a moment: the next word, or the next look at the page, asks again.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }
};

const listen = () => {
  if (source || document.hidden) return;
  source = new EventSource(scene.dataset.events);
  source.addEventListener("version", (event) => {
    if (event.data !== scene.dataset.version) refresh();
  });
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    // Who was signed out, or may not see this any more, learns it now.
    refresh();
    setTimeout(() => refresh().then(listen), 30_000);
  });
};

if (scene?.dataset.events && "EventSource" in window) {
  // A page that nobody sees keeps no stream open.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else {
      listen();
    }
  });
  listen();
}
