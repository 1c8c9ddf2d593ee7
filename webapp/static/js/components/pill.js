/* <dt-pill>: in words whether what is seen is live. Said once per change, so that it does not chatter. */
import { line } from "dt/live.js";
import { clock } from "dt/format.js";
import { word } from "dt/words.js";

class Pill extends HTMLElement {
  connectedCallback() {
    this.listener = () => this.show();
    document.addEventListener("dt:line", this.listener);
    this.show();
  }

  disconnectedCallback() {
    document.removeEventListener("dt:line", this.listener);
  }

  show() {
    const { state, since } = line();
    const look = { live: "good", behind: "warn", offline: "crit", connecting: "off" };
    const texts = {
      live: word("live"),
      behind: word("catching up"),
      offline: word("offline since %(time)s", { time: clock(since) }),
      connecting: word("connecting"),
    };
    this.className = `pill ${look[state]}`;
    this.textContent = texts[state];
  }
}

customElements.define("dt-pill", Pill);
