// A page that broke is loaded again by itself, once: what broke it has often passed. Breaking again soon, it stays as it is.
window.ragappBroke = () => {
  const KEY = "ragapp-broke-at";
  const SOON_MS = 60000;
  const TELL_MS = 500; // time for the error to reach the server's log
  const before = Number(sessionStorage.getItem(KEY) || 0);
  sessionStorage.setItem(KEY, Date.now());
  if (Date.now() - before > SOON_MS) setTimeout(() => window.location.reload(), TELL_MS);
};
