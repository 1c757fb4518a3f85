// <details data-confirm> holds a question and its form; with JavaScript the same form is shown in a modal dialog.
(() => {
  const open = (details) => {
    const body = details.querySelector(".confirm-body");
    if (!body) return;
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", details.querySelector("summary").textContent.trim());
    dialog.append(body);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      details.append(body);
      dialog.remove();
      details.querySelector("summary").focus();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
    dialog.showModal();
  };
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details[data-confirm] > summary");
    if (!summary) return;
    event.preventDefault();
    open(summary.parentElement);
  });
})();
