// form[data-progress]: sends files with a bar. Large ones go in parts that can be paused and are resumed: the portal
// remembers what has arrived, so choosing the same file again goes on where it stopped, also after a reload.
(() => {
  const LARGE = 16 * 2 ** 20;
  const AT_ONCE = 3;
  const TRIES = 8;

  const show = (request, form) => {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const fresh = page.querySelector("main");
    if (!fresh) { form.submit(); return; }
    document.title = page.title;
    if (request.status < 400 && request.responseURL) history.pushState(null, "", request.responseURL);
    document.querySelector("main").replaceWith(fresh);
    window.htmx?.process(fresh);
    window.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("page:shown"));
  };

  const meter = (form, name) => {
    const box = document.createElement("div");
    box.className = "upload";
    if (name) {
      const title = document.createElement("p");
      title.className = "mono";
      title.textContent = name;
      box.append(title);
    }
    const line = document.createElement("div");
    line.className = "progress";
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", name || form.dataset.progress || document.title);
    const text = document.createElement("span");
    text.setAttribute("role", "status");
    line.append(bar, text);
    box.append(line);
    form.append(box);
    const tell = (share, words) => {
      if (share < 1) bar.value = share * 100;
      else bar.removeAttribute("value");
      text.textContent = words || `${Math.floor(share * 100)}%`;
    };
    return { box, line, tell };
  };

  const complain = (form, words) => {
    const box = document.createElement("div");
    box.className = "callout is-bad upload";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words;
    box.append(text);
    form.append(box);
  };

  class Refused extends Error {
    constructor(status, said) {
      super([said.title, said.detail].filter(Boolean).join(" "));
      this.status = status;
      this.code = said.code || "";
    }
  }

  const wait = (ms) => new Promise((go) => { setTimeout(go, ms); });
  const passes = (error) => error.name !== "AbortError" && (!(error instanceof Refused) || error.status >= 502);

  const ask = async (method, url, body, headers = {}, signal = undefined) => {
    const answer = await fetch(url, { method, body, headers: { Accept: "application/json", ...headers }, signal });
    const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, said);
    return said;
  };
  const send = (url, value) => ask("POST", url, JSON.stringify(value), { "Content-Type": "application/json" });

  const sha256 = async (part) => new Uint8Array(await crypto.subtle.digest("SHA-256", await part.arrayBuffer()));
  const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

  // One file on its way; buttons pause it, go on, and give it up.
  class Upload {
    constructor(form, file, path, archive) {
      Object.assign(this, { form, file, path, archive, words: form.dataset, paused: null, abort: null });
      Object.assign(this, meter(form, path));
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
      if (this.paused) {
        this.paused.go();
        this.paused = null;
        this.hold.textContent = this.words.pause;
        return;
      }
      this.paused = {};
      this.paused.over = new Promise((go) => { this.paused.go = go; });
      this.hold.textContent = this.words.resume;
      this.abort?.abort();
    }

    async cancel() {
      this.cancelled = true;
      this.abort?.abort();
      this.paused?.go();
      if (this.url) await ask("DELETE", this.url).catch(() => {});
    }

    slice(number) {
      return this.file.slice(number * this.session.part_size, (number + 1) * this.session.part_size);
    }

    async begin() {
      const given = { path: this.path, size: this.file.size, archive: this.archive };
      const open = async () => {
        this.session = await send(this.words.uploads, given);
        this.url = `${this.words.uploads}/${this.session.id}`;
      };
      await open();
      for (const [number, digest] of Object.entries(this.session.present)) {
        if (hex(await sha256(this.slice(Number(number)))) === digest) continue;
        await ask("DELETE", this.url); // another file of the same name and size
        await open();
        break;
      }
    }

    async part(number) {
      const part = this.slice(number);
      const digest = await sha256(part);
      if (this.session.direct) {
        const { url } = await ask("POST", `${this.url}/parts/${number}/address`);
        const answer = await fetch(url, { method: "PUT", body: part, signal: this.abort.signal });
        if (!answer.ok) throw new Refused(answer.status, {});
        await send(`${this.url}/parts/${number}`, { sha256: hex(digest) });
        return;
      }
      const header = { "Content-Digest": `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
      await ask("PUT", `${this.url}/parts/${number}`, part, header, this.abort.signal);
    }

    // Tries a part until it has arrived; a pause waits, a lost connection is tried again and again.
    async surely(number) {
      for (let tries = 1; ; tries += 1) {
        if (this.paused) await this.paused.over;
        if (this.cancelled) return;
        if (!this.abort || this.abort.signal.aborted) this.abort = new AbortController();
        try {
          await this.part(number);
          return;
        } catch (error) {
          if (this.paused || this.cancelled) { tries = 0; continue; }
          const again = passes(error) || error.code === "part-damaged";
          if (!again || tries >= TRIES) throw error;
          this.tell(this.share(), this.words.waiting);
          await wait(Math.min(30, 2 ** tries) * 500);
        }
      }
    }

    share() { return 1 - this.left.size / this.session.parts; }

    async parts() {
      this.left = new Set(this.session.missing);
      const queue = [...this.left];
      const line = async () => {
        while (queue.length && !this.cancelled) {
          const number = queue.shift();
          await this.surely(number);
          this.left.delete(number);
          this.tell(Math.min(0.999, this.share()));
        }
      };
      this.tell(Math.min(0.999, this.share()));
      await Promise.all(Array.from({ length: AT_ONCE }, line));
    }

    async complete() {
      this.tell(1, this.words.joining);
      for (let tries = 0; ; tries += 1) {
        try {
          await ask("POST", `${this.url}/complete`);
          return true;
        } catch (error) {
          if (error.code === "parts-damaged") return false;
          if (error.code !== "assembling" && (!passes(error) || tries > TRIES)) throw error;
          await wait(1500);
        }
      }
    }

    async run() {
      await this.begin();
      for (let round = 0; round < 3; round += 1) {
        await this.parts();
        if (this.cancelled) return;
        if (await this.complete()) return;
        this.session = await ask("GET", this.url);
      }
      throw new Error(this.words.failed);
    }
  }

  const large = (form) => {
    if (!form.dataset.uploads || !globalThis.crypto?.subtle) return [];
    return [...form.querySelectorAll("input[type=file]")].flatMap((input) => (
      [...input.files].filter((file) => file.size > LARGE).map((file) => ({ file, archive: input.name === "archive" }))
    ));
  };

  const inParts = async (form, found) => {
    const folder = form.elements.folder?.value.trim().replace(/^\/+|\/+$/g, "");
    for (const { file, archive } of found) {
      const upload = new Upload(form, file, folder && !archive ? `${folder}/${file.name}` : file.name, archive);
      await upload.run();
      upload.box.remove();
    }
  };

  const leave = (event) => { event.preventDefault(); };

  const whole = (form, data, again) => {
    const { tell } = meter(form);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) tell(e.loaded / e.total); });
    request.addEventListener("load", () => { again(); show(request, form); });
    request.addEventListener("error", () => { again(); HTMLFormElement.prototype.submit.call(form); });
    tell(0);
    request.send(data);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-progress]") || event.defaultPrevented) return;
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    if (!files.length) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const buttons = form.querySelectorAll("button");
    const again = () => {
      buttons.forEach((b) => { b.disabled = false; });
      form.querySelectorAll(".upload").forEach((box) => box.remove());
    };
    form.querySelectorAll(".upload").forEach((box) => box.remove());
    buttons.forEach((b) => { b.disabled = true; });
    const found = large(form);
    if (!found.length) { whole(form, data, again); return; }
    window.addEventListener("beforeunload", leave);
    try {
      await inParts(form, found);
    } catch (error) {
      again();
      complain(form, error instanceof Refused ? error.message : form.dataset.failed);
      return;
    } finally {
      window.removeEventListener("beforeunload", leave);
    }
    const done = new Set(found.map(({ file }) => file));
    for (const name of ["files", "archive"]) {
      const rest = data.getAll(name).filter((item) => item.size && !done.has(item));
      data.delete(name);
      rest.forEach((item) => data.append(name, item));
    }
    if (files.length > done.size) whole(form, data, again);
    else location.reload();
  });
})();
