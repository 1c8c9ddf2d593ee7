/* <dt-notice signal="…">: a sentence about a signal outside its limits; goes when the tile says that it is inside again. */
class Notice extends HTMLElement {
  connectedCallback() {
    this.listener = () => this.look();
    document.addEventListener("dt:batch", this.listener);
  }

  disconnectedCallback() {
    document.removeEventListener("dt:batch", this.listener);
  }

  look() {
    const tile = document.querySelector(`dt-tile[signal="${CSS.escape(this.getAttribute("signal"))}"]`);
    if (tile?.shown && !tile.classList.contains("warn")) this.remove();
  }
}

customElements.define("dt-notice", Notice);
