// Up and down move through a list of links; from the search box above it Enter takes the first.
(() => {
  const entriesOf = (list) => [...list.querySelectorAll("a, button")];
  document.addEventListener("keydown", (event) => {
    const layer = event.target.closest?.('[role="dialog"]');
    const list = layer?.querySelector("[data-arrows]");
    if (!list) return;
    const entries = entriesOf(list);
    const at = entries.indexOf(document.activeElement);
    if (event.key === "ArrowDown") entries[Math.min(at + 1, entries.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (entries[at - 1] ?? layer.querySelector("input"))?.focus();
    else if (event.key === "Enter" && at < 0) entries[0]?.click();
    else return;
    event.preventDefault();
  });
})();
