/* What a chart shows is in the address, in the export links and in the date fields. */
import { offset, span as words } from "dt/format.js";
import { word } from "dt/words.js";

/** Write a view {from, to, span} wherever the page tells it. */
export function tell(view, live) {
  const url = new URL(location.href);
  if (!live) {
    url.searchParams.delete("range");
    url.searchParams.set("from", Math.round(view.from));
    url.searchParams.set("to", Math.round(view.to));
    history.replaceState(null, "", url);
    for (const link of document.querySelectorAll("[data-range]")) link.removeAttribute("aria-current");
    document.querySelector("form[data-autosend] [name=range]")?.remove();
    for (const key of ["from", "to"]) hidden(key, Math.round(view[key]));
  }
  for (const link of document.querySelectorAll("[data-export] a")) {
    const target = new URL(link.href);
    target.searchParams.set("from", Math.round(view.from));
    target.searchParams.set("to", Math.round(view.to));
    link.href = target;
  }
  for (const key of ["from", "to"]) {
    const field = document.querySelector(`.dates [name=${key}]`);
    if (field && document.activeElement !== field) field.value = new Date(view[key] + offset(view[key]) * 60e3).toISOString().slice(0, 16);
  }
}

function hidden(name, value) {
  const form = document.querySelector("form[data-autosend]");
  if (!form) return;
  let field = form.querySelector(`[name=${name}]`);
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.append(field);
  }
  field.value = value;
}

/** Return the length of the longest bucket of some series, in ms; 0: all are single readings. */
export const longestBucket = (found) => Math.max(0, ...[...found.values()].map((series) => series.bucket_ms));

/** Say what one point stands for. */
export function resolution(found) {
  const place = document.querySelector("[data-resolution]");
  if (!place) return;
  const bucket = longestBucket(found);
  place.textContent = bucket ? word("mean and min–max of %(step)s · hatched: no data", { step: words(bucket / 1000) }) : word("single readings · hatched: no data");
}
