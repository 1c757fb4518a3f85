// A file in parts as the API takes it: begun (or gone on with), sent part by part with its SHA-256, completed.
(() => {
  const TRIES = 8;
  const { Refused, ask, hex, passes, send, sha256, wait } = window.cspon;

  window.cspon.Parts = class {
    constructor(uploads, file, path, archive) {
      Object.assign(this, { uploads, file, path, archive });
    }

    slice(number) {
      return this.file.slice(number * this.session.part_size, (number + 1) * this.session.part_size);
    }

    async open() {
      this.session = await send(this.uploads, { path: this.path, size: this.file.size, archive: this.archive });
      this.url = `${this.uploads}/${this.session.id}`;
    }

    // What has arrived is compared with this file: another one of the same name and size begins anew.
    async begin() {
      await this.open();
      for (const [number, digest] of Object.entries(this.session.present)) {
        if (hex(await sha256(this.slice(Number(number)))) === digest) continue;
        await this.cancel();
        await this.open();
        return;
      }
    }

    async look() { this.session = await ask("GET", this.url); }

    async cancel() { if (this.url) await ask("DELETE", this.url); }

    async put(number, signal) {
      const part = this.slice(number);
      const digest = await sha256(part);
      const url = `${this.url}/parts/${number}`;
      if (!this.session.direct) {
        const header = { "Content-Digest": `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
        await ask("PUT", url, part, header, signal);
        return;
      }
      const address = await ask("POST", `${url}/address`);
      const answer = await fetch(address.url, { method: "PUT", body: part, signal });
      if (!answer.ok) throw new Refused(answer.status, {});
      await send(url, { sha256: hex(digest) });
    }

    // Whether the portal has put the file together; false where parts must be sent again.
    async complete() {
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
  };
})();
