// Keyboard shortcuts: an element says in data-key which key presses it ("Mod+k", "/", "?", "ArrowRight", "Escape").
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable=true]");
  const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

  const nameOf = (event) => {
    const mod = event.metaKey || event.ctrlKey ? "Mod+" : "";
    return mod + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
  };

  const mayFire = (event, key) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return false;
    if (document.querySelector('[role="dialog"][data-state="open"], [role="menu"][data-state="open"]')) return false;
    return key.startsWith("Mod+") || key === "Escape" || !typing(event.target);
  };

  document.addEventListener("keydown", (event) => {
    const key = nameOf(event);
    if (!mayFire(event, key)) return;
    const wanted = [...document.querySelectorAll("[data-key]")].filter((element) => element.dataset.key.split(" ").includes(key));
    const target = wanted.filter(visible).at(-1);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input, textarea")) target.focus();
    else target.click();
  });
})();
