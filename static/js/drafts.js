// Drafts of a form kept in this browser, under who writes them and where, and counters below its texts.
(() => {
  const PREFIX = "review:";

  const kept = (test) => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && test(key));
  const drop = (keys) => keys.forEach((key) => localStorage.removeItem(key));
  const snapshot = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "revision"));

  const fill = (form, fields) => {
    const given = new Set(fields.map((pair) => JSON.stringify(pair)));
    const texts = new Map(fields);
    for (const part of form.elements) {
      if (!part.name || part.name === "revision" || part.type === "submit") continue;
      if (part.type === "radio" || part.type === "checkbox") part.checked = given.has(JSON.stringify([part.name, part.value]));
      else part.value = texts.get(part.name) ?? "";
    }
  };

  const count = (form, area) => {
    const length = [...area.value.trim()].length;
    const most = Number(area.dataset.count);
    const missing = Number(area.dataset.least) - length;
    const [words, n] = missing > 0 ? [form.dataset.missing, missing]
      : length > most ? [form.dataset.over, length - most] : [form.dataset.left, most - length];
    let line = area.nextElementSibling;
    if (!line?.matches("[data-counter]")) {
      line = document.createElement("p");
      line.dataset.counter = "";
      area.after(line);
    }
    line.className = length > most ? "error" : "hint";
    line.textContent = words.replace("#", n);
  };

  // A draft that never reached the portal. Its revision goes with it: what was saved elsewhere since then is not
  // overwritten, the portal shows both. Whether there is one; `chosen` is called once it is taken or discarded.
  const offer = (form, key, clean, chosen) => {
    const stored = localStorage.getItem(key);
    if (!stored) return false;
    const draft = JSON.parse(stored);
    if (JSON.stringify(draft.fields) === clean) { localStorage.removeItem(key); return false; }
    const box = form.querySelector("[data-restore]");
    box.hidden = false;
    box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      box.hidden = true;
      if (button.matches("[data-use]")) {
        fill(form, draft.fields);
        form.elements.revision.value = draft.revision;
        form.querySelectorAll("[data-count]").forEach((area) => count(form, area));
      } else localStorage.removeItem(key);
      chosen();
    });
    return true;
  };

  document.addEventListener("DOMContentLoaded", () => {
    const cleared = document.querySelector("[data-clear]");
    if (cleared) drop(kept((key) => key.endsWith(`:${cleared.dataset.clear}`)));
  });

  window.cspon.drafts = { PREFIX, count, drop, kept, offer, snapshot };
})();
