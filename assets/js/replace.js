// Ask for one file and give it to a document as its next version; answers "" or the code of what went wrong.
window.ragappReplace = (url) =>
  new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.addEventListener("cancel", () => resolve("cancelled"), { once: true });
    input.addEventListener(
      "change",
      async () => {
        const body = new FormData();
        body.append("file", input.files[0]);
        try {
          const answer = await fetch(url, { method: "PUT", body });
          if (answer.ok) return resolve(answer.status === 200 ? "same" : "");
          resolve((await answer.json()).code || "error");
        } catch {
          resolve("unavailable");
        }
      },
      { once: true },
    );
    input.click();
  });
