// One file on its way, with a bar and buttons: it can be paused and given up, and outlives lost connections.
(() => {
  const AT_ONCE = 3;
  const TRIES = 8;
  const ROUNDS = 3;
  const { Parts, meter, passes, wait } = window.cspon;

  window.cspon.Upload = class {
    constructor(form, file, path, archive) {
      Object.assign(this, { words: form.dataset, ...meter(form, path), abort: new AbortController() });
      this.parts = new Parts(form.dataset.uploads, file, path, archive);
      this.hold = this.button(this.words.pause, () => this.toggle());
      this.button(this.words.cancel, () => this.cancel());
    }

    button(text, act) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn btn-quiet", textContent: text });
      button.addEventListener("click", act);
      this.line.append(button);
      return button;
    }

    toggle() {
      if (this.resume) {
        this.resume();
        this.resume = null;
      } else {
        this.paused = new Promise((go) => { this.resume = go; });
        this.abort.abort();
      }
      this.hold.textContent = this.resume ? this.words.resume : this.words.pause;
    }

    // Whoever waits for the upload also waits until the portal knows: a page left earlier would still show it. What has
    // not begun yet is given up once it has: the portal keeps what it was told to begin.
    cancel() {
      this.cancelled = Promise.resolve(this.begun).then(() => this.parts.cancel()).catch(() => {});
      this.abort.abort();
      this.resume?.();
    }

    // Tries a part until it has arrived; a pause waits, a lost connection is tried again and again.
    async surely(number) {
      for (let tries = 1; !this.cancelled; tries += 1) {
        if (this.resume) await this.paused;
        if (this.abort.signal.aborted) this.abort = new AbortController();
        try {
          await this.parts.put(number, this.abort.signal);
          return;
        } catch (error) {
          if (error.name === "AbortError") { tries = 0; continue; }
          if (!(passes(error) || error.code === "part-damaged") || tries >= TRIES) throw error;
          this.tell(this.share(), this.words.waiting);
          await wait(Math.min(30, 2 ** tries) * 500);
        }
      }
    }

    share() { return Math.min(0.999, 1 - this.left.size / this.parts.session.parts); }

    async send() {
      this.left = new Set(this.parts.session.missing);
      const queue = [...this.left];
      const line = async () => {
        while (queue.length && !this.cancelled) {
          const number = queue.shift();
          await this.surely(number);
          this.left.delete(number);
          if (!this.resume) this.tell(this.share());
        }
      };
      this.tell(this.share());
      await Promise.all(Array.from({ length: AT_ONCE }, line));
    }

    async run() {
      if (this.cancelled) return;
      this.begun = this.parts.begin();
      await this.begun;
      for (let round = 0; round < ROUNDS; round += 1) {
        await this.send();
        if (this.cancelled) { await this.cancelled; return; }
        this.tell(1, this.words.joining);
        if (await this.parts.complete()) return;
        await this.parts.look();
      }
      throw new Error(this.words.failed);
    }
  };
})();
