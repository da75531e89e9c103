// Sticks to the newest text unless the reader scrolled up; then "New text below" appears.
(() => {
  const NEAR_PX = 80;
  let box = null;
  let stuck = true;

  const isNear = () => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
  const toEnd = (behavior = "instant") => box?.scrollTo({ top: box.scrollHeight, behavior });
  const show = () => box?.parentElement?.toggleAttribute("data-unread", !stuck && !isNear());

  const follow = () => {
    if (!box) return;
    if (stuck) toEnd();
    show();
  };
  const onScroll = () => {
    stuck = isNear();
    if (stuck) show();
  };
  const resized = new ResizeObserver(follow);

  const attach = () => {
    const found = document.querySelector("[data-stick]");
    if (found === box) return;
    resized.disconnect();
    box = found;
    stuck = true;
    if (!box) return;
    box.addEventListener("scroll", onScroll, { passive: true });
    for (const child of box.children) resized.observe(child);
    resized.observe(box);
    toEnd();
  };

  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-to-end]")) return;
    stuck = true;
    toEnd("smooth");
    show();
  });
  window.ragapp = Object.assign(window.ragapp ?? {}, {
    stick() {
      stuck = true;
      requestAnimationFrame(() => toEnd());
    },
  });
  new MutationObserver(attach).observe(document.documentElement, { childList: true, subtree: true });
  attach();
})();
