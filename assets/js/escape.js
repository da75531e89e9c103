// Escape inside a field ends what goes on in the field first; pressed again, it closes what the field is in.
// - A form that opened inside a drawer (it has a button with data-cancel) is put away.
// - A search box with words in it is emptied.
// - Any other field of a drawer, or one of a dialog in which something was typed, is left; the words stay.
(() => {
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, [contenteditable=true]";
  const isTyped = (field) => "defaultValue" in field && field.value !== field.defaultValue;

  const empty = (field) => {
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    set.call(field, ""); // past React's own, which would take it for no change
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener(
    "keydown",
    (event) => {
      const layer = event.key === "Escape" && !event.isComposing && event.target.closest?.('[role="dialog"]');
      const field = layer && event.target.matches(FIELDS) && event.target;
      if (!field) return;
      const cancel = field.closest("form")?.querySelector("[data-cancel]");
      if (cancel) {
        layer.focus({ preventScroll: true });
        cancel.click();
      } else if (field.type === "search" && field.value) empty(field);
      else if (field.type !== "search" && (layer.matches(".sheet") || isTyped(field))) layer.focus({ preventScroll: true });
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
})();
