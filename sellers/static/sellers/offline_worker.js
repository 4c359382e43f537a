// The desk without a line: keeps the shell (style, scripts, logo), shows the offline page where a page of the desk can't be reached,
// and sends what waits when the line is back. APP (version, shell, pages) and the two scripts it shares stand above (sellers.views.app).
const SHELL = `daylily-shell-${APP.version}`;
const PAGES = "daylily-pages";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((kept) => kept.addAll(APP.shell)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    const page = pageFor(pathname);
    if (page) event.respondWith(shown(request, page));
  } else if (request.method === "GET" && APP.shell.includes(pathname)) {
    event.respondWith(fromShell(request));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag === "daylily-forms") event.waitUntil(OfflineSend.send());
});

function pageFor(pathname) {
  const [, page] = Object.entries(APP.pages).find(([desk]) => pathname.startsWith(desk)) ?? [];
  return page;
}

async function shown(request, page) {
  try {
    return await fetch(request);
  } catch (gone) {
    const kept = await caches.match(page, { cacheName: PAGES });
    if (kept) return kept;
    throw gone;
  }
}

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL })) ?? fetch(request);
}
