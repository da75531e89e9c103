// The prompt box: grows with its text, sends with Enter, and keeps its draft per address in this browser.
(() => {
  const PREFIX = "ragapp.draft:";
  const box = () => document.querySelector("textarea.composer-text");
  const keyHere = () => PREFIX + location.pathname;
  const store = {
    read: (key) => { try { return localStorage.getItem(key) ?? ""; } catch { return ""; } },
    write: (key, text) => { try { text ? localStorage.setItem(key, text) : localStorage.removeItem(key); } catch { /* private mode */ } },
  };

  const fit = (area) => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
    area.closest("form")?.toggleAttribute("data-filled", area.value.trim() !== "");
  };
  const put = (area, text) => {
    area.value = text;
    fit(area);
  };

  let shownFor = "";
  const restore = () => {
    const area = box();
    if (!area || area.dataset.draftOf === location.pathname) return;
    const moved = shownFor === "/" && area.value !== "" && location.pathname.startsWith("/chat/");
    area.dataset.draftOf = shownFor = location.pathname;
    if (!moved) put(area, store.read(keyHere()));
    if (matchMedia("(pointer: fine)").matches && !document.querySelector('[role="dialog"]')) area.focus({ preventScroll: true });
  };

  document.addEventListener("input", ({ target }) => {
    if (!target.matches("textarea.composer-text")) return;
    fit(target);
    store.write(keyHere(), target.value);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("textarea.composer-text") || event.key !== "Enter") return;
    if (event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const form = event.target.closest("form");
    if (event.target.value.trim() && !form.hasAttribute("data-busy")) form.requestSubmit();
  });
  document.addEventListener("submit", ({ target }) => {
    const area = target.querySelector?.("textarea.composer-text");
    if (!area) return;
    store.write(keyHere(), "");
    requestAnimationFrame(() => put(area, ""));
    window.ragapp.stick?.();
  });

  window.ragapp = Object.assign(window.ragapp ?? {}, {
    restoreDraft(text) {
      const area = box();
      if (area && !area.value) put(area, text);
      store.write(keyHere(), text);
    },
  });
  new MutationObserver(restore).observe(document.documentElement, { childList: true, subtree: true });
  restore();
})();
