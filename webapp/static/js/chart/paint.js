/* What lies behind the lines of a pane: hatched gaps, min–max bands, dashed limits. */
import { series, token } from "dt/chart/colours.js";

/** Paint everything that belongs behind the lines; a hook of uPlot. */
export function behind(u, pane) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const [from, to] of pane.gaps) hatch(u, from / 1000, to / 1000);
  pane.lines.forEach((line, i) => band(u, line, pane.bands[i]));
  for (const line of pane.lines) for (const limit of [line.low, line.high]) if (limit !== null) dashed(u, line, limit);
  ctx.restore();
}

function hatch({ ctx, bbox, valToPos }, from, to) {
  const left = Math.max(bbox.left, valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, valToPos(to, "x", true));
  if (right - left < 1) return;
  const step = 6 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = token("--unknown");
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height - (left % step); x < right; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function band({ ctx, data, valToPos }, line, [low, high]) {
  const scale = `y${line.axis}`;
  ctx.fillStyle = series(line.colour, 0.16);
  let run = [];
  const close = () => {
    if (run.length > 1) {
      ctx.beginPath();
      run.forEach(([x, , top], i) => (i ? ctx.lineTo(x, top) : ctx.moveTo(x, top)));
      for (const [x, bottom] of run.reverse()) ctx.lineTo(x, bottom);
      ctx.fill();
    }
    run = [];
  };
  data[0].forEach((t, i) => {
    if (low[i] === undefined) return;
    if (low[i] === null) close();
    else run.push([valToPos(t, "x", true), valToPos(low[i], scale, true), valToPos(high[i], scale, true)]);
  });
  close();
}

function dashed({ ctx, bbox, scales, valToPos }, line, limit) {
  const scale = scales[`y${line.axis}`];
  if (limit < scale.min || limit > scale.max) return;
  const y = valToPos(limit, `y${line.axis}`, true);
  ctx.beginPath();
  ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.strokeStyle = series(line.colour, 0.75);
  ctx.lineWidth = 1.2 * devicePixelRatio;
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
}
