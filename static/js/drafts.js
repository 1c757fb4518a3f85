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

  document.addEventListener("DOMContentLoaded", () => {
    const cleared = document.querySelector("[data-clear]");
    if (cleared) drop(kept((key) => key.endsWith(`:${cleared.dataset.clear}`)));
  });

  window.cspon.drafts = { PREFIX, count, drop, fill, kept, snapshot };
})();
