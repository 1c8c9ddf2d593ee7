/* Moving in time: wheel and keys on a pane, one finger to move, two to zoom. All end in chart.zoom(from, to). */

/** Let a pane move the view of its chart. */
export function listen(pane, chart) {
  const over = pane.u.over;
  const share = (clientX) => {
    const box = over.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - box.left) / box.width));
  };
  over.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !pane.element.contains(document.activeElement)) return;
    event.preventDefault();
    around(chart, share(event.clientX), event.deltaY > 0 ? 1.25 : 0.8);
  }, { passive: false });
  over.addEventListener("mousedown", () => pane.element.focus({ preventScroll: true }));
  over.addEventListener("dblclick", (event) => chart.askNote(at(chart, share(event.clientX))));
  touches(over, chart, share);
  pane.element.addEventListener("keydown", (event) => key(event, pane, chart));
}

/** Zoom by a factor around a share of the width. */
export function around(chart, share, factor) {
  const { from, to } = chart.view;
  const middle = at(chart, share);
  chart.zoom(middle - (middle - from) * factor, middle + (to - middle) * factor);
}

/** Move by a share of the width. */
export function move(chart, share) {
  const { from, to } = chart.view;
  chart.zoom(from + (to - from) * share, to + (to - from) * share);
}

const at = ({ view }, share) => view.from + (view.to - view.from) * share;

const KEYS = {
  ArrowLeft: (chart) => move(chart, -0.2),
  ArrowRight: (chart) => move(chart, 0.2),
  "+": (chart) => around(chart, 0.5, 0.5),
  "=": (chart) => around(chart, 0.5, 0.5),
  "-": (chart) => around(chart, 0.5, 2),
  0: (chart) => chart.reset(),
  Home: (chart) => chart.reset(),
  n: (chart) => chart.askNote(chart.cursorAt()),
  N: (chart) => chart.askNote(chart.cursorAt()),
};

function key(event, pane, chart) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.shiftKey && step) crosshair(pane, step);
  else if (KEYS[event.key]) KEYS[event.key](chart);
  else return;
  event.preventDefault();
}

function crosshair(pane, step) {
  const { u } = pane;
  const width = u.over.clientWidth;
  const left = u.cursor.left >= 0 ? u.cursor.left : width / 2;
  u.setCursor({ left: Math.min(width - 1, Math.max(0, left + (step * width) / 50)), top: 10 }, true, true);
  pane.hooks.said();
}

function touches(over, chart, share) {
  let before = null;
  const fingers = (event) => [...event.touches].map((touch) => share(touch.clientX));
  over.addEventListener("touchstart", (event) => (before = fingers(event)), { passive: true });
  over.addEventListener("touchmove", (event) => {
    const now = fingers(event);
    if (!before || now.length !== before.length) return (before = now);
    if (now.length === 2) {
      event.preventDefault();
      const [was, is] = [before, now].map(([a, b]) => Math.abs(a - b));
      if (Math.abs(was - is) < 0.02) return;
      around(chart, (now[0] + now[1]) / 2, Math.min(3, Math.max(0.33, was / Math.max(is, 0.02))));
    } else if (Math.abs(now[0] - before[0]) > 0.03) move(chart, before[0] - now[0]);
    else return;
    before = now;
  }, { passive: false });
  over.addEventListener("touchend", () => (before = null));
}
