/* The buttons beside a chart: the same as its keys, for fingers. */
import { around, move } from "dt/chart/gestures.js";

const TOOLS = {
  earlier: (chart) => move(chart, -0.5),
  later: (chart) => move(chart, 0.5),
  closer: (chart) => around(chart, 0.5, 0.5),
  wider: (chart) => around(chart, 0.5, 2),
  reset: (chart) => chart.reset(),
  note: (chart) => chart.askNote(chart.cursorAt()),
};

/** Show the buttons and let them move a chart. */
export function offer(chart) {
  for (const tool of document.querySelectorAll("[data-chart-tools]")) tool.hidden = false;
  document.addEventListener("click", ({ target }) => TOOLS[target.dataset?.do]?.(chart));
}
