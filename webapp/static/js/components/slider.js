/* <dt-slider>: a number field with a slider beside it that says the same. */
class Slider extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input[type=number]");
    if (!field || this.range) return;
    this.range = document.createElement("input");
    this.range.type = "range";
    for (const name of ["min", "max", "step", "value"]) this.range[name] = field[name];
    this.range.setAttribute("aria-label", field.labels?.[0]?.textContent ?? "");
    this.range.addEventListener("input", () => (field.value = this.range.value));
    field.addEventListener("input", () => (this.range.value = field.value));
    this.prepend(this.range);
  }
}

customElements.define("dt-slider", Slider);
