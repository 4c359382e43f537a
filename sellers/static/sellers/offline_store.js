// What this phone keeps of forms that were filled in without a line: one record a form, its fields and its photographs (IndexedDB).
// Pages and the service worker share it. It is bounded, it expires, and everybody sees their own records alone.
(() => {
  const MOST_FORMS = 20;
  const MOST_BYTES = 30 * 1024 * 1024;
  const KEPT_FOR = 7 * 24 * 3600 * 1000;
  const DATABASE = "daylily-desk";
  const CHANNEL = "daylily-desk";

  class Full extends Error {}

  const answered = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function opened() {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("forms", { keyPath: "nonce" });
      request.result.createObjectStore("notes", { keyPath: "name" });
    };
    const database = await answered(request);
    database.onversionchange = () => database.close();
    return database;
  }

  async function within(store, mode, work) {
    const database = await opened();
    try {
      const transaction = database.transaction(store, mode);
      const ended = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
      ended.catch(() => {});
      const result = await work(transaction.objectStore(store));
      await ended;
      return result;
    } finally {
      database.close();
    }
  }

  const everybodys = () => within("forms", "readonly", (forms) => answered(forms.getAll()));

  function bytesOf(form) {
    const photographs = Object.values(form.photographs).reduce((sum, photograph) => sum + photograph.size, 0);
    return photographs + 2 * JSON.stringify(form.fields).length;
  }

  const unsent = (form) => form.state !== "done" && form.state !== "attention";

  // Keeps a form, new or changed. Throws Full where it would be the 21st, or the thirty megabytes would be passed: nothing else gives way.
  function keep(form) {
    return within("forms", "readwrite", async (forms) => {
      const others = (await answered(forms.getAll())).filter((other) => other.nonce !== form.nonce);
      if (others.length >= MOST_FORMS) throw new Full("forms");
      if (others.reduce((sum, other) => sum + bytesOf(other), bytesOf(form)) > MOST_BYTES) throw new Full("bytes");
      form.changed = Date.now();
      await answered(forms.put(form));
      return form;
    });
  }

  const formsOf = async (owner) =>
    (await everybodys()).filter((form) => form.owner === owner).sort((one, other) => one.created - other.created);

  const find = (nonce) => within("forms", "readonly", (forms) => answered(forms.get(nonce)));
  const remove = (nonce) => within("forms", "readwrite", (forms) => answered(forms.delete(nonce)));
  const note = (name, value) => within("notes", "readwrite", (notes) => answered(notes.put({ name, value })));
  const noted = async (name) => (await within("notes", "readonly", (notes) => answered(notes.get(name))))?.value;

  const expiresAt = (form) => new Date((form.state === "draft" ? form.changed : form.created) + KEPT_FOR);

  // Forgets what is older than a week, and what others have sent already.
  async function expire(owner) {
    for (const form of await everybodys()) {
      const settled = !unsent(form) && owner && form.owner !== owner;
      if (settled || expiresAt(form) < new Date()) await remove(form.nonce);
    }
  }

  // A form that the server has: its nonce, its name and the answer stay, what was entered goes.
  function emptied(form) {
    return { ...form, fields: {}, photographs: {} };
  }

  async function clear() {
    await within("forms", "readwrite", (forms) => answered(forms.clear()));
    await within("notes", "readwrite", (notes) => answered(notes.clear()));
    await answered(indexedDB.deleteDatabase(DATABASE));
    if (self.caches) for (const name of await caches.keys()) await caches.delete(name);
    tell();
  }

  function tell(news = {}) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(news);
    channel.close();
    self.dispatchEvent(new CustomEvent("offline-news", { detail: news }));
  }

  self.OfflineStore = {
    CHANNEL, Full, MOST_BYTES, MOST_FORMS, bytesOf, clear, emptied, everybodys, expire, expiresAt, find, formsOf, keep, note, noted,
    remove, tell, unsent,
  };
})();
