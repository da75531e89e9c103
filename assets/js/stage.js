// Counts the seconds of a running answer in the browser: no message from the server is needed for a clock.
(() => {
  let run = "";
  let startedAt = 0;
  const tick = () => {
    const clock = document.querySelector("[data-seconds-since]");
    if (!clock) return void (run = "");
    if (clock.dataset.run !== run) {
      run = clock.dataset.run;
      startedAt = Date.now() - 1000 * Number(clock.dataset.secondsSince || 0);
    }
    const seconds = Math.floor((Date.now() - startedAt) / 1000);
    clock.textContent = seconds >= 1 ? `${seconds} s` : "";
  };
  setInterval(tick, 250);
})();
