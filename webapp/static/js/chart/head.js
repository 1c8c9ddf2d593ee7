/* The live head: a new reading goes into the newest bucket of its series, or opens the next one. */

/** Put one reading into a series. */
export function append(series, { t, x, quality }) {
  const last = series.t.length - 1;
  const value = quality === "bad" ? null : x;
  if (last >= 0 && t < series.t[last]) return;
  if (series.bucket_ms && last >= 0 && t < series.t[last] + series.bucket_ms) {
    if (value !== null) merge(series, last, value);
    return;
  }
  const steps = series.bucket_ms && last >= 0 ? Math.floor((t - series.t[last]) / series.bucket_ms) : 0;
  series.t.push(steps ? series.t[last] + steps * series.bucket_ms : t);
  series.mean.push(value);
  series.min.push(value);
  series.max.push(value);
  series.n.push(value === null ? 0 : 1);
}

function merge(series, i, value) {
  const n = series.n[i];
  series.mean[i] = n ? (series.mean[i] * n + value) / (n + 1) : value;
  series.min[i] = n ? Math.min(series.min[i], value) : value;
  series.max[i] = n ? Math.max(series.max[i], value) : value;
  series.n[i] = n + 1;
}

/** Forget what has left the view on the left. */
export function forget(series, from) {
  let gone = 0;
  while (gone < series.t.length - 1 && series.t[gone + 1] < from) gone++;
  if (gone > 50) for (const key of ["t", "mean", "min", "max", "n"]) series[key].splice(0, gone);
}
