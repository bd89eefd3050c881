"use strict";
// Shows the grids one at a time, chosen with a slider. Without this they stand side by side.
for (const box of document.querySelectorAll(".over-time")) {
  const grids = [...box.querySelectorAll("li")];
  if (grids.length < 2) continue;
  const label = document.createElement("label");
  const text = document.createElement("span");
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = "0";
  slider.max = String(grids.length - 1);
  slider.value = slider.max;
  const show = () => {
    grids.forEach((grid, place) => grid.classList.toggle("current", place === Number(slider.value)));
    const caption = grids[Number(slider.value)].querySelector("figcaption").textContent.trim();
    text.textContent = caption;
    slider.setAttribute("aria-valuetext", caption);
  };
  slider.addEventListener("input", show);
  label.append(text, slider);
  box.prepend(label);
  box.classList.add("with-slider");
  show();
}
// What is folded away is printed too.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) {
    each.open = true;
    each.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const each of document.querySelectorAll("details[data-folded]")) each.open = false;
});
