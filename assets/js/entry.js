// Sign-in and first run: show the password, judge its strength, send the form once. Nothing leaves the page here.
(() => {
  const level = (password) => {
    if (!password) return 0;
    if (password.length < 10) return 1;
    return password.length >= 14 || new Set(password).size >= 10 ? 3 : 2;
  };

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest?.("[data-shows]");
    const field = toggle && document.getElementById(toggle.dataset.shows);
    if (!field) return;
    const isShown = field.type === "password";
    field.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
    field.focus();
  });
  document.addEventListener("input", (event) => {
    const meter = document.querySelector(`[data-strength-of="${CSS.escape(event.target.id ?? "")}"]`);
    meter?.setAttribute("data-level", String(level(event.target.value)));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.(".entry-form");
    if (!form) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
    form.querySelector("[type=submit]")?.setAttribute("aria-disabled", "true");
  });
  // The browser may bring the page back from its history with the form still marked as sent.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll(".entry-form")) {
      delete form.dataset.sent;
      form.querySelector("[type=submit]")?.removeAttribute("aria-disabled");
    }
  });
})();
