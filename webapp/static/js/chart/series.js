/* History from the server, never thinned out here: at most `points` buckets for each signal. */

const SHORTEST_MS = 120e3;

/** Return where a live range begins: not before the first reading ever, if that is known. */
export const start = (span, since, now) => Math.max(now - span, Math.min(since || 0, now - SHORTEST_MS));

/** Return the series of some signals by name, or null when the server is out of reach. */
export async function fetchSeries(names, from, to, points, signal) {
  const query = new URLSearchParams();
  for (const name of names) query.append("signal", name);
  query.set("from", Math.round(from));
  query.set("to", Math.max(Math.round(to), Math.round(from) + 1));
  query.set("points", Math.min(1500, Math.max(60, Math.round(points))));
  try {
    const answer = await fetch(`/api/v1/readings?${query}`, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) return null;
    const found = await answer.json();
    return new Map(found.series.map((one) => [one.signal, one]));
  } catch (error) {
    if (error.name === "AbortError" || error instanceof TypeError) return null;
    throw error;
  }
}

/** Return a series as columns [t, mean, min, max], t in s, with a null where data is missing for longer than `stale` ms. */
export function broken(series, stale) {
  const gap = Math.max(series.bucket_ms * 1.9, stale);
  const columns = [[], [], [], []];
  series.t.forEach((t, i) => {
    const before = series.t[i - 1];
    if (i && t - before > gap) push(columns, (before + series.bucket_ms + 1) / 1000, null, null, null);
    push(columns, t / 1000, series.mean[i], series.min[i], series.max[i]);
  });
  return columns;
}

function push(columns, ...row) {
  row.forEach((value, i) => columns[i].push(value));
}

/** Return where a series has no data in [from, to], as [start, end] in ms. */
export function holes(series, stale, from, to) {
  if (!series?.t.length) return [[from, to]];
  const gap = Math.max(series.bucket_ms * 1.9, stale);
  const found = [];
  let end = from;
  series.t.forEach((t, i) => {
    if (series.mean[i] === null) return;
    if (t - end > gap) found.push([end, t]);
    end = t + series.bucket_ms;
  });
  if (to - end > gap) found.push([end, to]);
  return found;
}

/** Return what is in both lists of intervals. */
export function both(a, b) {
  return a.flatMap(([s, e]) => b.map(([t, f]) => [Math.max(s, t), Math.min(e, f)])).filter(([s, e]) => e > s);
}
