/* <dt-age at="UTC ms" signal="…">: an age in words that goes on counting; with a signal, of its newest reading. */
import { ago, utc } from "dt/format.js";

class Age extends HTMLElement {
  connectedCallback() {
    ages.add(this);
    this.step();
  }

  disconnectedCallback() {
    ages.delete(this);
  }

  step(now = Date.now()) {
    const at = Number(this.getAttribute("at"));
    if (!at || this.hasAttribute("lost")) return;
    const text = ago(at, now);
    if (this.textContent !== text) this.textContent = text;
  }

  moved(at) {
    this.removeAttribute("lost");
    this.setAttribute("at", at);
    this.title = utc(at);
    this.step();
  }
}

const ages = new Set();
setInterval(() => {
  const now = Date.now();
  if (!document.hidden) for (const age of ages) age.step(now);
}, 1000);
document.addEventListener("dt:readings", ({ detail }) => {
  for (const age of ages) if (age.getAttribute("signal") === detail.signal) age.moved(detail.t);
});
customElements.define("dt-age", Age);
