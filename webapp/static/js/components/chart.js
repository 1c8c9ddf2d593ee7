/* <dt-chart data-chart>: stacked panes over one time; zoom asks the server again, the head is live. */
import { longestBucket, resolution, tell } from "dt/chart/address.js";
import { whenThemeChanges } from "dt/chart/colours.js";
import { listen } from "dt/chart/gestures.js";
import { append, forget } from "dt/chart/head.js";
import { Legend } from "dt/chart/legend.js";
import { place } from "dt/chart/marks.js";
import { ask } from "dt/chart/note.js";
import { Pane } from "dt/chart/pane.js";
import { fetchSeries, start } from "dt/chart/series.js";
import { offer } from "dt/chart/tools.js";
import { subscribe } from "dt/live.js";

const SHORTEST_MS = 10e3;
const LONGEST_MS = 50 * 366 * 86400e3;
const EACH_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 5000 : 1000;

class Chart extends HTMLElement {
  connectedCallback() {
    if (!globalThis.uPlot || this.view) return;
    this.spec = JSON.parse(this.dataset.chart);
    this.live = this.spec.span > 0;
    this.view = { from: this.spec.start, to: this.spec.end };
    this.marks = this.spec.marks;
    this.names = [...new Set(this.spec.panes.flatMap(({ lines }) => lines.map((line) => line.name)))];
    this.found = new Map();
    this.legend = new Legend(this);
    const hooks = { key: `chart-${Math.random()}`, cursor: (pane, u) => this.legend.show(pane, u), zoom: (from, to) => this.zoom(from, to), said: () => this.legend.say(), drawn: (pane) => pane === this.panes?.[0] && place(pane, this.marks, this.view) };
    this.load().then((ok) => ok && this.take([...this.querySelectorAll(".pane")], hooks));
  }

  take(places, hooks) {
    this.panes = this.spec.panes.map(({ lines }, i) => this.paneAt(places[i], lines, hooks));
    this.draw();
    this.follow();
  }

  paneAt(element, lines, hooks) {
    const pane = new Pane(element, lines, this.view, hooks, this.dataset.label);
    listen(pane, this);
    return pane;
  }

  follow() {
    subscribe(...this.names);
    document.addEventListener("dt:readings", ({ detail }) => {
      const series = this.live && this.found.get(detail.signal);
      if (series) append(series, detail);
    });
    setInterval(() => this.step(), EACH_MS);
    whenThemeChanges(() => this.draw());
    offer(this);
  }

  step() {
    if (!this.live || document.hidden) return;
    const now = Date.now();
    Object.assign(this.view, { from: start(this.spec.span, this.spec.since, now), to: now });
    if (now - this.loaded > Math.max(60e3, longestBucket(this.found))) return this.refresh();
    for (const series of this.found.values()) forget(series, this.view.from);
    this.draw();
  }

  async load() {
    this.loading?.abort();
    const control = (this.loading = new AbortController());
    const busy = setTimeout(() => this.setAttribute("data-busy", ""), 300);
    const found = await fetchSeries(this.names, this.view.from, this.view.to, this.clientWidth / 2, control.signal);
    clearTimeout(busy);
    if (this.loading === control) this.removeAttribute("data-busy");
    if (!found || this.loading !== control) return false;
    this.found = found;
    this.loaded = Date.now();
    resolution(found);
    return true;
  }

  async refresh() {
    this.loaded = Date.now();
    if (await this.load()) this.draw();
  }

  zoom(from, to) {
    const width = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, to - from));
    const middle = (from + to) / 2;
    this.live = false;
    Object.assign(this.view, { from: middle - width / 2, to: middle + width / 2 });
    this.draw();
    clearTimeout(this.later);
    this.later = setTimeout(() => (tell(this.view, false), this.refresh()), 150);
  }

  reset() {
    this.live = this.spec.span > 0;
    const to = this.live ? Date.now() : this.spec.end;
    Object.assign(this.view, { from: this.live ? start(this.spec.span, this.spec.since, to) : this.spec.start, to });
    tell(this.view, false);
    this.refresh();
  }

  draw() {
    for (const pane of this.panes) pane.draw(this.found);
  }

  cursorAt() {
    const { u } = this.panes[0];
    return u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") * 1000 : Math.min(Date.now(), this.view.to);
  }

  async askNote(at) {
    const note = this.dataset.notes ? await ask(this.dataset.notes, at, this.dataset.csrf) : null;
    if (!note) return;
    this.marks = [...this.marks, { at: note.at, text: note.text, kind: "note", id: note.id }].sort((a, b) => a.at - b.at);
    this.draw();
  }
}

customElements.define("dt-chart", Chart);
