// A review is saved while it is written; without a connection it is kept in this browser and saved later.
(() => {
  const PAUSE = 3000;
  const AGAIN = 15000;
  const { PREFIX, count, drop, kept, offer, snapshot } = window.cspon.drafts;

  class Draft {
    constructor(form) {
      this.form = form;
      this.key = `${PREFIX}${form.dataset.owner}:${form.dataset.review}`;
      this.clean = snapshot(form);
      this.busy = this.again = this.stopped = this.leaving = false;
      drop(kept((key) => !key.startsWith(`${PREFIX}${form.dataset.owner}:`)));
      this.offered = offer(form, this.key, this.clean, () => { this.offered = false; this.typed(); });
      form.querySelectorAll("[data-count]").forEach((area) => count(form, area));
      form.addEventListener("input", (event) => {
        if (event.target.matches("[data-count]")) count(form, event.target);
        this.typed();
      });
      form.addEventListener("submit", () => { this.leaving = true; });
      window.addEventListener("pageshow", () => { this.leaving = false; });
      window.addEventListener("online", () => this.save());
      window.addEventListener("beforeunload", (event) => { if (this.dirty && !this.leaving) event.preventDefault(); });
    }

    get dirty() { return snapshot(this.form) !== this.clean; }

    get state() { return this.form.querySelector("[data-state]"); }

    get revision() { return this.form.elements.revision; }

    typed() {
      if (!this.offered) this.keep();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), PAUSE);
    }

    keep() {
      if (!this.dirty) { localStorage.removeItem(this.key); return; }
      const draft = { revision: this.revision.value, fields: JSON.parse(snapshot(this.form)) };
      try { localStorage.setItem(this.key, JSON.stringify(draft)); } catch { /* full: the portal still saves */ }
    }

    say(words) {
      let line = this.state.querySelector("[data-note]");
      if (!line) {
        line = document.createElement("p");
        line.dataset.note = "";
        this.state.prepend(line);
      }
      line.textContent = words;
    }

    async save() {
      clearTimeout(this.timer);
      if (this.stopped || this.leaving || !this.dirty) return;
      if (this.busy) { this.again = true; return; }
      this.busy = true;
      this.say(this.form.dataset.saving);
      const sent = snapshot(this.form);
      try {
        const headers = { Accept: "text/html", "HX-Request-Type": "partial" };
        const answer = await fetch(this.form.action, { method: "POST", body: new URLSearchParams(new FormData(this.form)), headers });
        this.take(answer.status, await answer.text(), sent);
      } catch {
        this.say(this.form.dataset.offline);
        this.timer = setTimeout(() => this.save(), AGAIN);
      }
      this.busy = false;
      if (this.again) { this.again = false; this.save(); }
    }

    take(status, text, sent) {
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-state]");
      if (!fresh) { this.say(this.form.dataset.signedOut); return; }
      this.state.replaceWith(fresh);
      this.stopped = status === 409;
      if (status !== 200) return;
      this.clean = sent;
      if (!this.offered) this.keep();
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-review]");
    const draft = form && new Draft(form);
    document.addEventListener("keydown", (event) => {
      if (!draft || !(event.ctrlKey || event.metaKey) || event.key !== "s") return;
      event.preventDefault();
      draft.save();
    });
  });
})();
