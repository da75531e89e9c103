// Filters in force: one that was dropped hands the keyboard on, to the first that is left or else to the search box.
(() => {
  const LONGEST_WAIT_MS = 5000;
  const NEXT = [".filter-chips button", "main [type=search]", "main select"];
  const handOn = () => {
    if (document.activeElement !== document.body) return;
    NEXT.map((selector) => document.querySelector(selector)).find(Boolean)?.focus();
  };

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.(".filter-chips button");
    if (!pressed) return;
    // The server draws the list anew, and the search box with it: both may take the focus away.
    const observer = new MutationObserver(() => pressed.isConnected || handOn());
    observer.observe(document.body, { childList: true, subtree: true });
    setTimeout(() => observer.disconnect(), LONGEST_WAIT_MS);
  });
})();
