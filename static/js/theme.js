// Runs in <head> before the first paint, so a chosen theme never flashes.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const read = () => {
    try { return localStorage.getItem("theme") || ""; } catch { return ""; }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.querySelectorAll("[data-theme-set]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeSet === theme)));
  };
  show(read());
  document.addEventListener("DOMContentLoaded", () => show(read()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    try { localStorage.setItem("theme", button.dataset.themeSet); } catch { /* private window: lasts for this page */ }
    show(button.dataset.themeSet);
  });
})();
