/* <dt-tile signal digits stale low high>: one signal now. The server drew it; readings move it between its states. */
import { number } from "dt/format.js";
import { subscribe } from "dt/live.js";
import { word } from "dt/words.js";

const STATES = ["good", "uncertain", "bad", "stale", "empty-tile", "warn"];

class Tile extends HTMLElement {
  connectedCallback() {
    tiles.set(this.getAttribute("signal"), this);
    subscribe(this.getAttribute("signal"));
    this.at = Number(this.getAttribute("at"));
  }

  disconnectedCallback() {
    tiles.delete(this.getAttribute("signal"));
  }

  took({ t, x, quality, why }) {
    const old = Date.now() - t > Number(this.getAttribute("stale"));
    if (t < this.at || (old && this.classList.contains("bad"))) return;
    this.at = t;
    this.part("value").textContent = quality === "bad" ? "–" : number(x, Number(this.getAttribute("digits")));
    this.part("about").hidden = quality !== "uncertain";
    this.querySelector("dt-age")?.moved(t);
    if (old && quality !== "bad") this.show("stale", this.getAttribute("about"), "");
    else this.show(quality, quality === "good" ? this.getAttribute("about") : word(why), this.outside(x, quality));
  }

  outside(x, quality) {
    if (quality !== "good") return "";
    if (this.hasAttribute("low") && x < Number(this.getAttribute("low"))) return "low";
    return this.hasAttribute("high") && x > Number(this.getAttribute("high")) ? "high" : "";
  }

  show(state, note, outside) {
    const key = `${state} ${note} ${outside}`;
    if (key === this.shown) return;
    this.shown = key;
    this.classList.remove(...STATES);
    this.classList.add(state);
    this.classList.toggle("warn", outside !== "");
    const badge = this.part("badge");
    const said = outside || (state === "good" ? "" : state);
    badge.hidden = said === "";
    badge.className = `badge ${said}`;
    badge.textContent = said && word(said);
    if (note !== null) for (const part of ["note", "why"]) this.part(part).textContent = this.part(part).title = note;
  }

  late(now) {
    return this.at > 0 && now - this.at > Number(this.getAttribute("stale"));
  }

  step(now) {
    if (this.late(now) && !this.classList.contains("bad") && !this.classList.contains("stale")) this.show("stale", null, "");
  }

  part(name) {
    return this.querySelector(`[data-${name}]`);
  }
}

const tiles = new Map();
document.addEventListener("dt:readings", ({ detail }) => tiles.get(detail.signal)?.took(detail));
setInterval(() => {
  const now = Date.now();
  for (const tile of tiles.values()) tile.step(now);
}, 1000);
customElements.define("dt-tile", Tile);
