// Bring the marked passage into view: the marked text, or its place on the page picture once that has loaded. Asked for
// when a passage is shown; one that was shown before this script was there is looked for at once.
window.ragappShowMark = () => {
  const show = () => {
    const place = document.getElementById("mark") ?? document.getElementById("mark-place");
    if (place && (place.id === "mark" || place.style.top !== "0%")) place.scrollIntoView({ block: "center" });
  };
  setTimeout(() => {
    const picture = document.querySelector(".viewer-pages .page-picture");
    if (!picture || picture.complete) show();
    else picture.addEventListener("load", show, { once: true });
  }, 60);
};
ragappShowMark();
