/* <dt-spark signal span>: a small picture. All of a page are renewed by one request, as often as a point is wide. */
import { fetchSeries, start } from "dt/chart/series.js";
import { spark } from "dt/chart/path.js";

const POINTS = 60;

class Spark extends HTMLElement {
  connectedCallback() {
    if (this.getAttribute("signal") && Number(this.getAttribute("span"))) sparks.add(this);
  }

  disconnectedCallback() {
    sparks.delete(this);
  }

  draw(series, from, to) {
    const { line, band } = spark(series, from, to);
    if (!line) return;
    this.path("band").setAttribute("d", band);
    this.path("line").setAttribute("d", line);
    this.querySelector(".none")?.remove();
  }

  path(name) {
    const found = this.querySelector(`.${name}`);
    if (found) return found;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
    made.setAttribute("class", name);
    this.querySelector("svg").append(made);
    return made;
  }
}

const sparks = new Set();
let renewed = Date.now();

async function renew() {
  const [first] = sparks;
  if (!first || document.hidden) return;
  const to = Date.now();
  const from = start(Number(first.getAttribute("span")), Number(first.getAttribute("since")), to);
  if (to - renewed < Math.max(10e3, (to - from) / POINTS)) return;
  renewed = to;
  const names = [...new Set([...sparks].map((one) => one.getAttribute("signal")))];
  const found = await fetchSeries(names, from, to, POINTS);
  if (!found) return;
  for (const one of sparks) {
    const series = found.get(one.getAttribute("signal"));
    if (series) one.draw(series, from, to);
  }
}

setInterval(renew, 5000);
customElements.define("dt-spark", Spark);
