// Security keys: a form with data-webauthn="create" or "get" fetches its options, asks the browser, and is sent as any form.
(() => {
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (list) => (list ?? []).map((item) => ({ ...item, id: toBytes(item.id) }));

  // The JSON forms of WebAuthn Level 3, by hand: browsers of the last years lack parse...FromJSON and toJSON.
  const request = (options) => ({
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
    ...(options.excludeCredentials && { excludeCredentials: withBytes(options.excludeCredentials) }),
    ...(options.allowCredentials && { allowCredentials: withBytes(options.allowCredentials) }),
  });
  const answer = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  // What waits in the field of the address gives way to the button.
  let waiting;

  const ceremony = async (form, mediation) => {
    waiting?.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    const reply = await fetch(form.dataset.options, { method: "POST", headers: { accept: "application/json" } });
    if (mediation && !reply.ok) return;
    if (reply.status === 403 || reply.status === 401) return form.submit(); // the server's own page says what is missing
    const publicKey = request(await reply.json());
    const credential = await navigator.credentials[form.dataset.webauthn]({ publicKey, signal, ...(mediation && { mediation }) });
    form.elements.credential.value = answer(credential);
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-webauthn]")) {
    if (!window.PublicKeyCredential) {
      const missing = form.querySelector("[data-webauthn-missing]");
      if (missing) missing.hidden = false;
      continue;
    }
    if ("conditional" in form.dataset) {
      PublicKeyCredential.isConditionalMediationAvailable?.().then((able) => {
        if (able) ceremony(form, "conditional").catch(() => {}); // nobody asked for it by hand
      });
    }
    form.querySelector("[data-webauthn-action]").hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.name?.value === "") return; // the server says that a name is missing
      event.preventDefault();
      form.querySelector("[data-webauthn-failed]").hidden = true;
      ceremony(form).catch(() => {
        form.querySelector("[data-webauthn-failed]").hidden = false;
      });
    });
  }
})();
