/* Photographs become small on the phone, before they are sent: at most 1600 pixels a side and a quarter of a megabyte. Without this script, or where the
   browser can't read the file, the whole file goes and the server makes it small. */
(function () {
  "use strict";
  // From good to just readable: the first that is small enough is taken (two photographs of one opening are to pass a slow line).
  const TRIES = [[1600, 0.8], [1600, 0.65], [1280, 0.65], [1280, 0.5], [1024, 0.5]];
  const SMALL_ENOUGH = 240 * 1024;

  async function drawn(bitmap, longest, quality) {
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
  }

  async function shrunk(file) {
    if (!file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return file;
    // The browser turns the picture as its EXIF says; what is drawn carries no EXIF, so no place either.
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    let blob = null;
    for (const [longest, quality] of TRIES) {
      blob = await drawn(bitmap, longest, quality);
      if (blob && blob.size <= SMALL_ENOUGH) break;
    }
    bitmap.close();
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], "photograph.jpg", { type: "image/jpeg", lastModified: file.lastModified });
  }

  async function shrink(input) {
    const files = await Promise.all(Array.from(input.files).map((file) => shrunk(file).catch(() => file)));
    const carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
  }

  function watch(input) {
    input.addEventListener("change", () => {
      const form = input.form;
      const work = shrink(input).catch(() => undefined);
      // A form that is sent while the work goes on waits for it.
      input.shrinking = work;
      work.finally(() => { if (input.shrinking === work) input.shrinking = null; });
      if (form && !form.waitsForPhotographs) {
        form.waitsForPhotographs = true;
        form.addEventListener("submit", (event) => {
          const working = Array.from(form.querySelectorAll("[data-shrink]")).map((one) => one.shrinking).filter(Boolean);
          if (!working.length) return;
          event.preventDefault();
          Promise.all(working).then(() => form.requestSubmit(event.submitter || undefined));
        });
      }
    });
  }

  document.querySelectorAll("input[type=file][data-shrink]").forEach(watch);
})();
