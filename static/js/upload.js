// form[data-progress]: sends the same POST by XMLHttpRequest so that the share already sent can be shown.
(() => {
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

  const meter = (form) => {
    const box = document.createElement("div");
    box.className = "progress upload";
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", form.dataset.progress || document.title);
    const text = document.createElement("span");
    text.setAttribute("role", "status");
    box.append(bar, text);
    form.append(box);
    return (share) => {
      if (share < 1) bar.value = share * 100;
      else bar.removeAttribute("value");
      text.textContent = `${Math.floor(share * 100)}%`;
    };
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-progress]") || event.defaultPrevented) return;
    if (![...form.querySelectorAll("input[type=file]")].some((input) => input.files.length)) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const buttons = form.querySelectorAll("button");
    const tell = meter(form);
    const request = new XMLHttpRequest();
    const again = () => {
      buttons.forEach((b) => { b.disabled = false; });
      form.querySelector(".upload")?.remove();
    };
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) tell(e.loaded / e.total); });
    request.addEventListener("load", () => { again(); show(request, form); });
    request.addEventListener("error", () => { again(); HTMLFormElement.prototype.submit.call(form); });
    tell(0);
    buttons.forEach((b) => { b.disabled = true; });
    request.send(data);
  });
})();
