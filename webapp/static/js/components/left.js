/* <dt-left until="UTC ms">: the time that is left, counting down by the appliance's clock. At zero it tells its part. */
import { now } from "dt/clock.js";
import { left } from "dt/format.js";

class Left extends HTMLElement {
  connectedCallback() {
    this.until = Number(this.getAttribute("until"));
    this.running = this.until > now();
    lefts.add(this);
    this.step();
  }

  disconnectedCallback() {
    lefts.delete(this);
  }

  step() {
    const seconds = Math.max(0, Math.ceil((this.until - now()) / 1000));
    const text = left(seconds);
    if (this.textContent !== text) this.textContent = text;
    if (seconds || !this.running) return;
    this.running = false;
    this.dispatchEvent(new CustomEvent("dt:due", { bubbles: true }));
  }
}

const lefts = new Set();
setInterval(() => {
  if (!document.hidden) for (const left of lefts) left.step();
}, 250);
customElements.define("dt-left", Left);
