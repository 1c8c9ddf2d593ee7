/* <dt-part src twin on="command property">: a piece of the page that the server draws again when something changed. */
const SOON_MS = 60;
const REST_MS = 500;
const DUE_MS = 400;

class Part extends HTMLElement {
  connectedCallback() {
    parts.add(this);
    this.asked = 0;
    this.kinds = new Set((this.getAttribute("on") ?? "").split(" "));
    this.addEventListener("dt:due", () => this.soon(DUE_MS));
    this.addEventListener("toggle", () => this.late && !this.open() && this.soon(0), true);
  }

  disconnectedCallback() {
    parts.delete(this);
    clearTimeout(this.timer);
  }

  heard(kind, twin) {
    const mine = !this.hasAttribute("twin") || !twin || twin === this.getAttribute("twin");
    if (mine && this.kinds.has(kind)) this.soon();
  }

  soon(wait = SOON_MS) {
    if (this.timer) return;
    const rest = this.asked + REST_MS - performance.now();
    this.timer = setTimeout(() => this.renew(), Math.max(wait, rest));
  }

  open() {
    return this.querySelector(":popover-open") !== null;
  }

  async renew() {
    this.timer = 0;
    this.asked = performance.now();
    this.late = this.open();
    if (this.late) return;
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) this.take(await answer.text());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  take(text) {
    if ((this.late = this.open())) return;
    const said = this.said();
    const focus = this.contains(document.activeElement) ? document.activeElement.id : "";
    this.innerHTML = text;
    if (focus) (document.getElementById(focus) ?? this.querySelector(`[id$="${CSS.escape(focus.replace(/^\w+-/, "-"))}"]`))?.focus({ preventScroll: true });
    const now = this.said();
    if (now && now !== said) say(now);
  }

  said() {
    return [...this.querySelectorAll("[data-said]")].map((one) => one.textContent).join(" ");
  }
}

const parts = new Set();
const spoken = document.createElement("p");
spoken.className = "unseen";
spoken.setAttribute("role", "status");
(document.querySelector("main") ?? document.body).append(spoken);

function say(text) {
  spoken.textContent = text;
}

for (const kind of ["command", "property", "alert", "event"]) {
  document.addEventListener(`dt:${kind}`, ({ detail }) => {
    for (const part of parts) part.heard(kind, detail.twin);
  });
}
let was = "";
document.addEventListener("dt:line", ({ detail }) => {
  if (detail.state === "live" && was === "offline") for (const part of parts) part.soon();
  was = detail.state;
});
document.addEventListener("dt:sent", () => {
  for (const part of parts) part.soon();
});
customElements.define("dt-part", Part);
