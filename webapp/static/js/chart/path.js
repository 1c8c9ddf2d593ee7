/* A series as the paths of a small SVG, as `webapp/show/sparks.py` draws them. */
const WIDTH = 150;
const HEIGHT = 36;

/** Return {line, band} for a box of 150 × 36. */
export function spark(series, from, to) {
  const good = series.t.map((_, i) => i).filter((i) => series.mean[i] !== null);
  if (!good.length) return { line: "", band: "" };
  const lowest = Math.min(...good.map((i) => series.min[i]));
  const highest = Math.max(...good.map((i) => series.max[i]));
  const room = (highest - lowest) * 0.15 || Math.max(Math.abs(highest) * 0.02, 0.5);
  const x = (i) => (((series.t[i] - from) / (to - from)) * WIDTH).toFixed(1);
  const y = (value) => (HEIGHT - ((value - lowest + room) / (highest - lowest + 2 * room)) * HEIGHT).toFixed(1);
  let line = "";
  let band = "";
  for (const run of runs(series)) {
    line += `M${run.map((i) => `${x(i)},${y(series.mean[i])}`).join("L")}${run.length > 1 ? "" : "h0.1"}`;
    if (series.bucket_ms && run.length > 1) {
      const top = run.map((i) => `${x(i)},${y(series.max[i])}`);
      const bottom = run.map((i) => `${x(i)},${y(series.min[i])}`).reverse();
      band += `M${[...top, ...bottom].join("L")}Z`;
    }
  }
  return { line, band };
}

function runs(series) {
  const ends = new Set(series.gaps.map(([start]) => start));
  const found = [];
  let run = [];
  series.t.forEach((t, i) => {
    if (series.mean[i] !== null) run.push(i);
    if (run.length && (series.mean[i] === null || ends.has(t + series.bucket_ms))) {
      found.push(run);
      run = [];
    }
  });
  if (run.length) found.push(run);
  return found;
}
