// form[data-progress]: sends the same POST with a bar; form[data-uploads]: large files go in parts first.
(() => {
  const LARGE = 16 * 2 ** 20;
  const { Refused, meter } = window.cspon;

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

  const complain = (form, words) => {
    const box = document.createElement("div");
    box.className = "callout is-bad upload";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words;
    box.append(text);
    form.append(box);
  };

  const large = (form) => {
    if (!form.dataset.uploads || !window.cspon.Upload || !globalThis.crypto?.subtle) return [];
    return [...form.querySelectorAll("input[type=file]")].flatMap((input) => (
      [...input.files].filter((file) => file.size > LARGE).map((file) => ({ file, archive: input.name === "archive" }))
    ));
  };

  const inParts = async (form, found) => {
    const folder = form.elements.folder?.value.trim().replace(/^\/+|\/+$/g, "");
    for (const { file, archive } of found) {
      const upload = new window.cspon.Upload(form, file, folder && !archive ? `${folder}/${file.name}` : file.name, archive);
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
