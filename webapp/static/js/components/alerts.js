/* <dt-alerts id="…">: a part of the page that is renewed when something becomes of an alert. <dt-count>: how many call. */
import { word } from "dt/words.js";

const SOON_MS = 250;
const NEWS_MS = 60e3;
let waiting = 0;
let missed = false;

class Alerts extends HTMLElement {
  connectedCallback() {
    parts.add(this);
    this.addEventListener("toggle", () => this.later && !this.busy() && renew(), true);
  }

  disconnectedCallback() {
    parts.delete(this);
  }

  /** Somebody chooses or types here: what they see must not move. */
  busy() {
    return Boolean(this.querySelector("details[open]") || this.querySelector("input:focus, select:focus"));
  }

  take(fresh) {
    this.later = this.busy();
    if (this.later || !fresh) return;
    const key = this.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    this.replaceChildren(...fresh.childNodes);
    if (key) this.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
}

const parts = new Set();

async function renew() {
  waiting = 0;
  if (!parts.size && !missed) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  count(Number(page.querySelector("dt-count")?.textContent ?? 0));
  missed = false;
  for (const part of parts) part.take(page.getElementById(part.id));
}

function count(number) {
  for (const one of document.querySelectorAll("dt-count")) {
    one.textContent = number;
    one.hidden = !number;
  }
}

document.addEventListener("dt:alert", ({ detail }) => {
  count(detail.calling);
  const news = detail.calls > 0 && Date.now() - detail.at < NEWS_MS;
  if (news) document.querySelector("[data-alert-said]").textContent = word("New alert: %(said)s", { said: detail.text });
  waiting ||= setTimeout(renew, SOON_MS);
});
document.addEventListener("dt:line", ({ detail }) => {
  if (detail.state === "offline") missed = true;
  else if (detail.state === "live" && missed) waiting ||= setTimeout(renew, SOON_MS);
});
/* One shelf is open at a time; Escape and a click beside it close it. */
document.addEventListener("click", ({ target }) => {
  for (const open of document.querySelectorAll("details.shelve[open]")) if (!open.contains(target)) open.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  const open = key === "Escape" && document.querySelector("details.shelve[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
customElements.define("dt-alerts", Alerts);
