// One tooltip for the whole page: whatever carries data-tip shows it on hover and on keyboard focus.
(() => {
  const DELAY_MS = 350;
  const canHover = matchMedia("(hover: hover)");
  let tip = null;
  let timer = 0;

  const hide = () => {
    clearTimeout(timer);
    tip?.remove();
    tip = null;
  };
  const show = (owner) => {
    hide();
    const text = owner.dataset.tip;
    if (!text || !owner.isConnected) return;
    tip = Object.assign(document.createElement("div"), { className: "tip", textContent: text });
    tip.setAttribute("aria-hidden", "true");
    document.body.append(tip);
    const at = owner.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const above = at.bottom + own.height + 10 > innerHeight;
    tip.style.top = `${above ? at.top - own.height - 6 : at.bottom + 6}px`;
    tip.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - own.width / 2, innerWidth - own.width - 8))}px`;
  };

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    const owner = target.closest?.("[data-tip]");
    hide();
    if (owner && pointerType !== "touch" && canHover.matches) timer = setTimeout(show, DELAY_MS, owner);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("[data-tip]:focus-visible")) show(target);
  });
  for (const end of ["focusout", "pointerdown", "keydown", "scroll"]) document.addEventListener(end, hide, true);
})();
