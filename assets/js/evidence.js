// The evidence panel: shows the quote, resizes by its edge, and gives focus back when it closes.
(() => {
  const WIDTH_KEY = "ragapp.evidence-width";
  const root = document.documentElement;
  let opener = null;

  const setWidth = (px) => root.style.setProperty("--evidence-width", `${Math.round(px)}px`);
  try { if (localStorage.getItem(WIDTH_KEY)) setWidth(Number(localStorage.getItem(WIDTH_KEY))); } catch { /* private mode */ }

  document.addEventListener("click", ({ target }) => {
    const cited = target.closest?.("[data-answer] [data-n]");
    if (cited) opener = cited;
  }, true);

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.('[data-resize="evidence"]')) return;
    event.preventDefault();
    const move = ({ clientX }) => setWidth(Math.max(440, Math.min(innerWidth - clientX, 560, innerWidth * 0.5)));
    const end = () => {
      removeEventListener("pointermove", move);
      try { localStorage.setItem(WIDTH_KEY, parseInt(root.style.getPropertyValue("--evidence-width"), 10)); } catch { /* private mode */ }
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
  });

  // The state of a picture is a fact of the browser: it never travels to the server.
  const onPicture = (state) => ({ target }) => target.matches?.("[data-page-picture]") && (target.parentElement.dataset.state = state);
  document.addEventListener("load", onPicture("loaded"), true);
  document.addEventListener("error", onPicture("failed"), true);

  let shown = null;
  const follow = () => {
    const panel = document.querySelector("[data-evidence]");
    const mark = panel?.querySelector(".passage mark");
    if (panel && mark && mark.textContent !== shown) {
      shown = mark.textContent;
      panel.querySelector(".evidence-body").scrollTop = 0;
    }
    if (!panel && shown !== null) {
      shown = null;
      if (document.activeElement === document.body) opener?.focus({ preventScroll: true });
    }
  };
  new MutationObserver(follow).observe(root, { childList: true, subtree: true, characterData: true });
})();
