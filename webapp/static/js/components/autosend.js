/* A form with data-autosend is sent when something in it changes; its button is for browsers without scripts. */
for (const form of document.querySelectorAll("form[data-autosend]")) {
  form.addEventListener("change", () => {
    const range = document.querySelector("[data-current-range]");
    if (range) form.querySelector("[name=range]")?.setAttribute("value", range.dataset.currentRange);
    form.requestSubmit();
  });
}
const zones = document.querySelector("[data-guess-zone]");
if (zones) {
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zones.value === "UTC" && [...zones.options].some((option) => option.value === guess)) zones.value = guess;
}
