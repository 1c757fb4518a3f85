// Reviews by keyboard: a figure marks the criterion in focus, j and k move along the queue.
(() => {
  const mark = (event) => {
    const criterion = event.target.closest?.("[data-criterion]");
    const level = /^[1-9]$/.test(event.key) && criterion?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!level) return;
    event.preventDefault();
    level.focus();
    level.click();
  };

  const step = (by) => {
    const links = [...document.querySelectorAll("[data-entry] h2 a")];
    const next = links[links.indexOf(document.activeElement) + by] ?? (by > 0 ? links.at(-1) : links[0]);
    next?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("textarea, select, input:not([type=radio])")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else mark(event);
  });
})();
