// Talking to the API from a page: refusals in the portal's own words, digests, and one line of progress.
window.cspon = (() => {
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

  return { Refused, ask, hex, meter, passes, send, sha256, wait };
})();
