/* One pane: a uPlot with at most two axes. It draws what it is given; `components/chart.js` gives. */
import { series as colour, token } from "dt/chart/colours.js";
import { behind } from "dt/chart/paint.js";
import { both, broken, holes } from "dt/chart/series.js";
import { number, offset, tick } from "dt/format.js";

const FONT = "11px system-ui, sans-serif";

export class Pane {
  constructor(element, lines, view, hooks, label) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", label);
    this.element = element;
    this.lines = lines;
    this.view = view;
    this.gaps = [];
    this.bands = lines.map(() => [[], []]);
    this.axes = 1 + Math.max(...lines.map((line) => line.axis));
    this.hooks = hooks;
    this.u = new uPlot(this.options(), [[view.from / 1000, view.to / 1000], ...lines.map(() => [null, null])], element);
    element.classList.add("ready");
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(element);
  }

  options() {
    const ys = Array.from({ length: this.axes }, (_, axis) => [`y${axis}`, { range: (u, low, high) => this.range(axis) }]);
    return {
      width: Math.max(120, this.element.clientWidth),
      height: this.element.clientHeight,
      padding: [10, this.axes > 1 ? 0 : 26, 0, 0],
      legend: { show: false },
      tzDate: (s) => new Date((s + 60 * (offset(s * 1000) + new Date(s * 1000).getTimezoneOffset())) * 1000),
      scales: { x: { range: () => [this.view.from / 1000, this.view.to / 1000] }, ...Object.fromEntries(ys) },
      series: [{}, ...this.lines.map((line) => this.series(line))],
      axes: [this.below(), ...ys.map((_, axis) => this.beside(axis))],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false, dist: 5 },
        sync: { key: this.hooks.key, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
        bind: { dblclick: () => null },
        points: { size: 7 },
      },
      hooks: {
        drawAxes: [(u) => behind(u, this)],
        setCursor: [(u) => this.hooks.cursor(this, u)],
        setSelect: [(u) => this.selected(u)],
        draw: [() => this.hooks.drawn(this)],
      },
    };
  }

  series(line) {
    return { scale: `y${line.axis}`, stroke: () => colour(line.colour), width: 1.7, points: { show: (u, i, from, to) => to - from < 40 && this.lines.length < 3 }, spanGaps: false };
  }

  below() {
    return { stroke: () => token("--ink-3"), font: FONT, size: 26, gap: 6, grid: { show: false }, ticks: { show: false }, space: 62, values: (u, splits, axis, space, step) => splits.map((s) => tick(s * 1000, step * 1000)) };
  }

  beside(axis) {
    const phone = innerWidth <= 720;
    return {
      scale: `y${axis}`, side: axis ? 1 : 3, size: phone ? 40 : 48, gap: 6, stroke: () => token("--ink-3"), font: FONT,
      grid: { show: axis === 0, stroke: () => token("--rule"), width: 1 }, ticks: { show: false }, space: 44,
      values: (u, splits, i, space, step) => splits.map((v) => (v === null ? "" : number(v, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))))),
    };
  }

  range(axis) {
    let low = Infinity;
    let high = -Infinity;
    const lines = this.lines.filter((line) => line.axis === axis);
    for (const line of lines) {
      const [lows, highs] = this.bands[this.lines.indexOf(line)];
      for (const v of lows) if (v !== null && v < low) low = v;
      for (const v of highs) if (v !== null && v > high) high = v;
    }
    if (!(low <= high)) [low, high] = [0, 1];
    const room = high - low || Math.max(Math.abs(high) * 0.05, 1);
    for (const line of lines) for (const limit of [line.low, line.high]) if (limit !== null && limit > low - room && limit < high + room) [low, high] = [Math.min(low, limit), Math.max(high, limit)];
    return uPlot.rangeNum(low, high, 0.08, true);
  }

  selected(u) {
    const { left, width } = u.select;
    if (width < 5) return;
    const [from, to] = [u.posToVal(left, "x") * 1000, u.posToVal(left + width, "x") * 1000];
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.hooks.zoom(from, to);
  }

  draw(found) {
    const tables = this.lines.map((line) => broken(found.get(line.name) ?? { t: [], bucket_ms: 0 }, line.stale));
    const data = uPlot.join(tables);
    this.bands = this.lines.map((_, i) => [data[i * 3 + 2], data[i * 3 + 3]]);
    this.gaps = this.lines.map((line) => holes(found.get(line.name), line.stale, this.view.from, Math.min(this.view.to, Date.now()))).reduce(both);
    const means = this.lines.map((_, i) => data[i * 3 + 1]);
    this.u.setData(data[0].length ? [data[0], ...means] : [[this.view.from / 1000, this.view.to / 1000], ...means.map(() => [null, null])]);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width > 0 && (width !== this.u.width || height !== this.u.height)) this.u.setSize({ width, height });
  }
}
