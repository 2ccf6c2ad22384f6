// Shows in place what comes of an act, for as long as something may still come of it. Without script, the link below it does.
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

// What has the focus stays where it is on the screen, however much longer the text above it gets.
const put = (here, now) => {
  const held = document.activeElement === document.body ? null : document.activeElement;
  const before = held?.getBoundingClientRect().top;
  here.replaceChildren(...now.children);
  const moved = held?.isConnected ? held.getBoundingClientRect().top - before : 0;
  if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: "instant" });
};

// Whether to look again. What is read out is put there anew only where it says something new.
const look = async (id) => {
  const here = document.getElementById(id);
  if (!here?.dataset.again) return false;
  const isHere = new URLSearchParams(location.search).has(id);
  try {
    const answer = await fetch(isHere ? location.href : here.dataset.again, { credentials: "same-origin" });
    if (!answer.ok) return false;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
    if (!now) return false;
    if (now.textContent !== here.textContent) put(here, now);
    for (const name of ["again", "looking"]) if (!(name in now.dataset)) delete here.dataset[name];
  } catch {
    // Away for a moment: the next turn looks again.
  }
  return true;
};

const follow = async (id) => {
  for (let turn = 0; turn < 40; turn += 1) {
    await pause(Math.min(250 * 1.25 ** turn, 15_000));
    if (!await look(id)) return;
  }
};

for (const { id } of document.querySelectorAll("[data-again]")) {
  follow(id);
  document.addEventListener("greenlight:fresh", () => look(id));
}
