/* <dt-value signal="…" digits="1">: the newest value of a signal. */
import { number } from "dt/format.js";
import { subscribe } from "dt/live.js";

class Value extends HTMLElement {
  connectedCallback() {
    values.add(this);
    subscribe(this.getAttribute("signal"));
  }

  disconnectedCallback() {
    values.delete(this);
  }

  took({ t, x, quality }) {
    if (t < Number(this.getAttribute("at"))) return;
    const text = quality === "bad" ? "–" : number(x * Number(this.getAttribute("factor") ?? 1), Number(this.getAttribute("digits")));
    this.textContent = quality === "uncertain" ? `~${text}` : text;
  }
}

const values = new Set();
document.addEventListener("dt:readings", ({ detail }) => {
  for (const value of values) if (value.getAttribute("signal") === detail.signal) value.took(detail);
});
customElements.define("dt-value", Value);
