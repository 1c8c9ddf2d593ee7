/* Parts of a form that belong to one choice: data-for="offset two-point" follows the radio named kind. */
const radios = [...document.querySelectorAll("input[type=radio][name=kind]")];

function show() {
  const chosen = radios.find((radio) => radio.checked)?.value;
  for (const part of document.querySelectorAll("[data-for]")) {
    const empty = part.hasAttribute("data-more") && ![...part.querySelectorAll("input")].some((input) => input.value);
    part.hidden = !part.dataset.for.split(" ").includes(chosen) || (empty && part.previousElementSibling?.querySelector("input")?.value === "");
  }
}

if (radios.length) {
  for (const radio of radios) radio.addEventListener("change", show);
  document.addEventListener("input", show);
  show();
}
