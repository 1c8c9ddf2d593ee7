/* <dt-age at="UTC ms" signal="…">: an age in words that goes on counting; with a signal, of its newest reading. */
import { ago, span, utc } from "dt/format.js";
import { word } from "dt/words.js";

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
    if (!at) return;
    const text = this.hasAttribute("bare") ? span((now - at) / 1000) : this.hasAttribute("lost") ? word("lost %(span)s ago", { span: span((now - at) / 1000) }) : ago(at, now);
    if (this.textContent !== text) this.textContent = text;
  }

  moved(at) {
    if (at < Number(this.getAttribute("at"))) return;
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
