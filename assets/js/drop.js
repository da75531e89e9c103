// Files dragged over the window: show the curtain, hand what is dropped to the hidden file input.
(() => {
  const curtain = () => document.getElementById("drop-curtain");
  const input = () => document.getElementById("file-input");
  const hasFiles = (event) => event.dataTransfer?.types?.includes("Files") && curtain() && input();
  let depth = 0;

  const show = (isDragging) => {
    depth = isDragging ? depth : 0;
    curtain()?.setAttribute("data-dragging", String(isDragging));
  };

  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    show(true);
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    if (depth <= 0) show(false);
  });
  addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(false);
    input().files = event.dataTransfer.files;
    input().dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
