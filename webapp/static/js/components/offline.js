/* <dt-offline>: the line under the bar when the appliance is out of reach: since when, and what still works. */
import { clock } from "dt/format.js";
import { word } from "dt/words.js";

const PATIENCE_MS = 2500;

class Offline extends HTMLElement {
  connectedCallback() {
    this.listener = ({ detail }) => this.changed(detail);
    document.addEventListener("dt:line", this.listener);
  }

  disconnectedCallback() {
    document.removeEventListener("dt:line", this.listener);
    clearTimeout(this.timer);
  }

  changed({ state, since }) {
    clearTimeout(this.timer);
    if (state !== "offline") {
      this.hidden = true;
      return;
    }
    this.timer = setTimeout(() => {
      this.querySelector("[data-text]").textContent = word("offline long", { time: clock(since) });
      this.hidden = false;
    }, PATIENCE_MS);
  }
}

customElements.define("dt-offline", Offline);
