/* <dt-copy>: an id that one click or Enter copies. */
import { word } from "dt/words.js";

class Copy extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard || this.querySelector("button")) return;
    const text = this.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain copy";
    button.textContent = word("Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = word("Copied");
      setTimeout(() => (button.textContent = word("Copy")), 1500);
    });
    this.append(" ", button);
  }
}

customElements.define("dt-copy", Copy);
