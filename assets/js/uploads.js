// The files on their way: a queue of our own, a few at a time, each with a key so that a repeated request adds nothing.
// What becomes of them is told to the page about twice a second, all files together.
(() => {
  const AT_ONCE = 3;
  const TELL_EVERY_MS = 600;
  const MOST_NEWS = 1000;
  const TRIES = 5;
  const WAIT_MS = [1000, 2000, 5000, 10000, 20000];
  const LOOK_AGAIN_MS = 3000;
  const ASK_AGAIN_MS = 3000;
  const LONGEST_WAIT_MS = 60000; // whoever has to wait longer is told so and tries again by hand
  const files = new Map(); // key -> {key, file, tries, xhr, phase, percent}
  const taken = new Map(); // what the server took, by key, without its bytes: told again to a server that restarted
  const undecided = []; // chosen or dropped, but nobody has said yet which knowledge base they go to
  const waiting = [];
  const sending = new Set();
  const news = new Map();
  let paused = false;
  let heldUntil = 0;
  let teller = 0;
  let asker = 0;
  let isAsked = false;
  let url = "/api/v1/documents";

  const pickKey = () => `ragapp.upload-target:${document.getElementById("file-input")?.dataset.person ?? ""}`;

  const note = (entry, change) => {
    Object.assign(entry, change);
    const { key, file, phase, percent, document_id, error_code, can_resend } = entry;
    news.set(key, { key, name: file.name, size: file.size, phase, percent, document_id, error_code, can_resend });
    teller ||= setTimeout(tell, news.size > 20 ? TELL_EVERY_MS : 150);
  };
  const tell = () => {
    teller = 0;
    const outlet = document.getElementById("upload-news");
    if (news.size && outlet) outlet.click();
    if (news.size) teller = setTimeout(tell, TELL_EVERY_MS);
  };
  const take = () => {
    const told = [...news.values()].slice(0, MOST_NEWS);
    told.forEach(({ key }) => news.delete(key));
    return told;
  };

  // Asks where the files go until the page says that it heard: a page that is just changing loses the question.
  const ask = () => {
    clearTimeout(asker);
    if (!undecided.length || isAsked) return;
    document.getElementById("upload-target")?.click();
    asker = setTimeout(ask, ASK_AGAIN_MS);
  };
  const decide = () => {
    isAsked = false;
    return undecided.splice(0);
  };

  const pump = () => {
    if (paused || Date.now() < heldUntil) return;
    while (sending.size < AT_ONCE && waiting.length) send(waiting.shift());
  };
  const hold = (ms) => {
    heldUntil = Math.max(heldUntil, Date.now() + ms);
    setTimeout(pump, ms + 20);
  };

  const send = (entry) => {
    const xhr = new XMLHttpRequest();
    const body = new FormData();
    if (entry.base) body.append("knowledge_base_id", entry.base);
    body.append("file", entry.file, entry.file.name);
    entry.xhr = xhr;
    entry.isAllSent = false;
    sending.add(entry.key);
    note(entry, { phase: "uploading", percent: 0, error_code: "", can_resend: false });
    xhr.upload.onprogress = ({ loaded, total }) => {
      const percent = Math.min(99, Math.floor((loaded * 100) / Math.max(total, 1)));
      if (percent - entry.percent >= 5) note(entry, { percent });
    };
    xhr.upload.onload = () => {
      entry.isAllSent = true;
    };
    xhr.onloadend = () => {
      sending.delete(entry.key);
      entry.xhr = null;
      if (entry.isUnwanted) discard(entry, xhr);
      else if (entry.phase === "uploading") settle(entry, xhr);
      pump();
    };
    xhr.open("POST", url);
    xhr.setRequestHeader("Idempotency-Key", entry.key);
    xhr.send(body);
  };

  const read = (xhr) => {
    try {
      return JSON.parse(xhr.responseText);
    } catch {
      return {};
    }
  };
  // It was stopped after its last byte had gone: what the server made of it goes too, before we say it is cancelled.
  const discard = async (entry, xhr) => {
    const { document_id, duplicate } = read(xhr);
    const isGone = !document_id || duplicate || (await fetch(`${url}/${document_id}`, { method: "DELETE" })).ok;
    note(entry, isGone ? { phase: "cancelled", percent: 0 } : { phase: "queued", percent: 0, document_id });
  };

  const isReachable = () =>
    fetch("/api/v1/health/live", { cache: "no-store" }).then(
      ({ ok }) => ok,
      () => false,
    );
  const wait = (entry, ms) => {
    hold(ms);
    waiting.unshift(entry);
    note(entry, { phase: "waiting", percent: 0 });
  };

  const settle = (entry, xhr) => {
    const answer = read(xhr);
    if (xhr.status === 200 || xhr.status === 202) {
      files.delete(entry.key);
      const { name, size } = entry.file;
      taken.set(entry.key, { ...entry, file: { name, size } });
      const { duplicate, document_id } = answer;
      return note(taken.get(entry.key), { phase: duplicate ? "duplicate" : "queued", percent: 0, document_id });
    }
    if (xhr.status === 0 && !entry.isRefusedAlone) {
      // While nothing answers at all no try is used up, an outage ends; only what fails beside a server that does counts.
      wait(entry, LOOK_AGAIN_MS);
      return isReachable().then((isThere) => {
        entry.isRefusedAlone = isThere;
      });
    }
    entry.isRefusedAlone = false;
    const isPassing = xhr.status === 0 || xhr.status === 429 || xhr.status >= 502;
    const asked = Number(xhr.getResponseHeader("Retry-After") || 0) * 1000;
    if (isPassing && entry.tries < TRIES && asked <= LONGEST_WAIT_MS) {
      entry.tries += 1;
      return wait(entry, Math.max(asked, WAIT_MS[entry.tries - 1]));
    }
    const isFinal = xhr.status >= 400 && xhr.status < 500 && xhr.status !== 429;
    if (isFinal && xhr.status !== 401) files.delete(entry.key);
    note(entry, {
      phase: "failed",
      percent: 0,
      error_code: answer.code || "unavailable",
      can_resend: files.has(entry.key),
    });
  };

  const stop = (entry) => {
    const at = waiting.indexOf(entry);
    if (at >= 0) waiting.splice(at, 1);
    files.delete(entry.key);
    if (entry.xhr && entry.isAllSent) {
      entry.isUnwanted = true;
      return;
    }
    note(entry, { phase: "cancelled", percent: 0 });
    entry.xhr?.abort();
  };

  window.ragappUploads = {
    // Keys of the files this page still holds and will send.
    held: () => [...files.keys()],
    take,
    // The server knows nothing of them any more, or not all.
    retell: () => [...taken.values(), ...files.values()].forEach((entry) => note(entry, {})),
    forget: (key) => (key ? taken.delete(key) : taken.clear()),
    add: (input) => {
      const limit = Number(input.dataset.limit);
      for (const file of Array.from(input.files)) {
        const key = crypto.getRandomValues(new Uint32Array(4)).reduce((text, n) => text + n.toString(36), "");
        const entry = { key, file, tries: 0, percent: 0, phase: "waiting", base: "" };
        if (file.size > 0 && file.size <= limit) undecided.push(entry);
        else note(entry, { phase: "failed", error_code: file.size ? "file_too_large" : "empty_file" });
      }
      input.value = "";
      clearTimeout(teller);
      tell();
      isAsked = false;
      ask();
    },
    undecided: () => undecided.length,
    picked: () => localStorage.getItem(pickKey()) ?? "",
    // They go to this knowledge base; the choice of a person is offered first the next time.
    release: (base, isChosen) => {
      if (isChosen) localStorage.setItem(pickKey(), base);
      for (const entry of decide()) {
        entry.base = base;
        files.set(entry.key, entry);
        waiting.push(entry);
        note(entry, {});
      }
      clearTimeout(teller);
      tell();
      pump();
    },
    letGo: decide,
    asked: () => {
      isAsked = true;
    },
    pause: (isPaused) => {
      paused = isPaused;
      pump();
    },
    cancel: (key) => {
      const entry = files.get(key);
      if (entry && entry.phase !== "failed") stop(entry);
    },
    cancelAll: () => [...files.values()].filter(({ phase }) => phase !== "failed").forEach(stop),
    resend: (key) => {
      for (const entry of key ? [files.get(key)] : [...files.values()]) {
        if (entry?.phase !== "failed") continue;
        entry.tries = 0;
        waiting.push(entry);
        note(entry, { phase: "waiting", percent: 0, error_code: "", can_resend: false });
      }
      pump();
    },
    // The person asks to be told; without that nothing is ever asked of the browser.
    askToNotify: async () => {
      const answer = "Notification" in window ? await Notification.requestPermission() : "denied";
      localStorage.setItem("ragapp-notify", answer === "granted" ? "yes" : "no");
      return answer === "granted";
    },
    notify: (title, body) => {
      const isWanted = localStorage.getItem("ragapp-notify") === "yes" && document.hidden;
      if (isWanted && "Notification" in window && Notification.permission === "granted") new Notification(title, { body });
    },
  };

  addEventListener("beforeunload", (event) => {
    if (waiting.length || sending.size) event.preventDefault();
  });
})();
