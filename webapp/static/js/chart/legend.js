/* The crosshair in words: time at the top, value of each line in the legend; spoken only when moved by keys. */
import { moment, number } from "dt/format.js";

export class Legend {
  constructor(chart) {
    this.chart = chart;
    this.items = new Map([...chart.querySelectorAll("[data-signal]")].map((item) => [item.dataset.signal, item.querySelector("[data-value]")]));
    this.time = document.createElement("div");
    this.time.className = "crosshair-time";
    this.time.hidden = true;
    this.spoken = document.createElement("p");
    this.spoken.className = "unseen";
    this.spoken.setAttribute("aria-live", "polite");
    chart.append(this.time, this.spoken);
  }

  show(pane, u) {
    const { left, idx } = u.cursor;
    const off = left < 0 || idx === null || idx === undefined;
    this.time.hidden = off;
    pane.lines.forEach((line, i) => (this.items.get(line.name).textContent = off ? "" : number(this.near(u.data[i + 1], idx), line.digits)));
    if (off) return;
    const { from, to } = this.chart.view;
    const ms = u.posToVal(left, "x") * 1000;
    this.time.textContent = moment(ms, to - from);
    const box = this.chart.getBoundingClientRect();
    const over = u.over.getBoundingClientRect();
    const x = over.left - box.left + left;
    this.time.style.left = `${Math.min(box.width - this.time.offsetWidth, Math.max(0, x - this.time.offsetWidth / 2))}px`;
    this.time.style.top = "0px";
  }

  near(values, idx) {
    for (let i = idx; i >= 0 && i > idx - 20; i--) if (values[i] !== undefined) return values[i];
    return null;
  }

  say() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const parts = [...this.items.values()].map((value) => `${value.parentElement.querySelector("span").textContent} ${value.textContent}`);
      this.spoken.textContent = `${this.time.textContent}: ${parts.join("; ")}`;
    }, 400);
  }
}
