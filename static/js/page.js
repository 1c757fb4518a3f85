// Small helps on every page. All by delegation, so parts swapped in by htmx need no set-up.
(() => {
  const focusSummary = (root) => root.querySelector?.("[data-focus]")?.focus();

  const copy = async (button) => {
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { return; }
    const label = button.querySelector(".vh");
    const before = label.textContent;
    label.textContent = button.dataset.copied;
    label.classList.remove("vh");
    label.setAttribute("role", "status");
    setTimeout(() => {
      label.textContent = before;
      label.classList.add("vh");
      label.removeAttribute("role");
    }, 1600);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    }
    const busy = event.target.closest("input, textarea, select, [contenteditable]");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.querySelector(`[data-hotkey="${CSS.escape(event.key)}"]`);
    if (box) { event.preventDefault(); box.focus(); }
  });

  // What a review's form kept in this browser is for its writer alone.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action='/sign-out']")) return;
    Object.keys(localStorage).filter((key) => key.startsWith("review:")).forEach((key) => localStorage.removeItem(key));
  });

  document.addEventListener("change", (event) => {
    event.target.closest("form[data-autosubmit]")?.requestSubmit();
  });

  // Which rows of a form are open is sent with it, so that they are open when it is drawn again.
  document.addEventListener("toggle", (event) => {
    const kept = event.target.querySelector?.(":scope > [data-open]");
    if (kept) kept.value = event.target.open ? "1" : "";
  }, true);

  // A log stays at its end unless the reader has scrolled up.
  const follow = (log) => {
    let atEnd = true;
    log.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24; });
    new MutationObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; }).observe(log, { childList: true, subtree: true, characterData: true });
    log.scrollTop = log.scrollHeight;
  };
  const followed = new WeakSet();
  const wire = (root) => {
    root.querySelectorAll?.("[data-follow]").forEach((log) => { if (!followed.has(log)) { followed.add(log); follow(log); } });
  };

  // The stream of a live part ended: show the final page once.
  document.addEventListener("end", (event) => {
    if (event.target.matches?.("[data-reload]")) location.reload();
  });
  document.addEventListener("htmx:after:swap", () => { wire(document); focusSummary(document); });
  document.addEventListener("page:shown", () => { wire(document); focusSummary(document); });
  document.addEventListener("DOMContentLoaded", () => { wire(document); focusSummary(document); });
})();
