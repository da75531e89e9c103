// A chosen text file goes into the text box that its input names: <input type="file" data-fills="csv">.
(() => {
  const decode = (bytes) => {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return new TextDecoder("windows-1250").decode(bytes); // what spreadsheets in Croatian still write
    }
  };
  document.addEventListener("change", async ({ target }) => {
    const name = target.dataset?.fills;
    const file = target.files?.[0];
    if (!name || !file) return;
    const box = target.form?.elements[name];
    const bytes = await file.arrayBuffer();
    if (box) box.value = decode(bytes).slice(0, Number(box.maxLength) > 0 ? box.maxLength : undefined);
    target.value = "";
  });
})();
