// Sends the forms that wait on this phone, one after the other, each exactly once: the server knows a form by its nonce, so a lost
// answer is asked for again. One sender at a time, whichever page or worker it is.
(() => {
  const PATIENCE = 120_000;
  const LOCK = "daylily-send";

  // Returns how it ended: "none" waits, "sent", "busy" (another page sends), "offline", "signed_out" or "other" (somebody else is in).
  function send() {
    return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock ? sendAll() : "busy"));
  }

  async function sendAll() {
    const waiting = (await OfflineStore.everybodys()).filter((form) => form.state === "waiting" || form.state === "sending");
    if (!waiting.length) return said("none");
    waiting.sort((one, other) => one.created - other.created);
    const line = await passport(waiting[0].sync);
    if (typeof line === "string") return said(line);
    const mine = waiting.filter((form) => form.owner === line.owner);
    if (!mine.length) return said("other");
    for (const form of mine) {
      const end = await sendOne(form, line.csrf);
      if (end !== "sent") return said(end);
    }
    return said("sent");
  }

  function said(end) {
    OfflineStore.tell({ end });
    return end;
  }

  // Who is signed in, and the token that a form needs; a word where there is no line or nobody.
  async function passport(address) {
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" });
      if (response.ok) return await response.json();
      return response.status === 401 || response.type === "opaqueredirect" ? "signed_out" : "offline";
    } catch {
      return "offline";
    }
  }

  async function sendOne(form, csrf) {
    form.attempts += 1;
    form.state = "sending";
    await OfflineStore.keep(form);
    OfflineStore.tell();
    let response;
    try {
      response = await fetch(form.sync, {
        method: "POST", body: bodyOf(form), headers: { "X-CSRFToken": csrf, Accept: "application/json" },
        redirect: "manual", signal: AbortSignal.timeout?.(PATIENCE),
      });
    } catch {
      return waits(form, "offline");
    }
    if (response.status === 401 || response.type === "opaqueredirect") return waits(form, "signed_out");
    const answer = await response.json().catch(() => null);
    if (!answer || response.status >= 500 || response.status === 429) return waits(form, "offline");
    await settle(form, response, answer);
    return "sent";
  }

  async function waits(form, end) {
    form.state = "waiting";
    await OfflineStore.keep(form);
    OfflineStore.tell();
    return end;
  }

  // What the server has is emptied here; what it refused outright stays until its owner deletes it.
  async function settle(form, response, answer) {
    const taken = response.ok && answer.state !== "kept";
    const after = taken ? OfflineStore.emptied(form) : form;
    after.state = response.ok ? { applied: "done", settled: "done", kept: "waiting" }[answer.state] ?? "attention" : "attention";
    after.message = answer.message ?? "";
    after.url = answer.url ?? "";
    await OfflineStore.keep(after);
    OfflineStore.tell();
  }

  function bodyOf(form) {
    const body = new FormData();
    body.set("nonce", form.nonce);
    body.set("owner", form.owner);
    body.set("station", form.station);
    body.set("filled_in_at", form.filledInAt);
    if (form.kind) body.set("kind", form.kind);
    if (form.base) for (const [name, value] of Object.entries(form.base)) body.set(`base-${name}`, value);
    for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
    for (const [name, photograph] of Object.entries(form.photographs)) body.set(name, photograph, `${name}.jpg`);
    return body;
  }

  self.OfflineSend = { send };
})();
