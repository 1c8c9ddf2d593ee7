/* A note on a chart: asked in a small window, sent to the server, then shown as a mark. */
import { moment } from "dt/format.js";
import { word } from "dt/words.js";

/** Ask for a note about a moment (UTC ms); resolve with the stored note, or null. */
export function ask(target, at, csrf) {
  const dialog = document.createElement("dialog");
  const form = document.createElement("form");
  const title = made("h2", word("Add a note"));
  const when = made("p", moment(at, 2 * 86400e3));
  const field = made("div", "");
  const label = made("label", word("What happened"));
  const text = document.createElement("textarea");
  const wrong = made("p", "");
  const act = made("div", "");
  const no = made("button", word("Cancel"));
  const yes = made("button", word("Keep"));
  when.className = "second";
  field.className = "field";
  wrong.className = "field wrong";
  wrong.setAttribute("role", "alert");
  act.className = "act";
  yes.className = "main";
  no.type = "button";
  text.id = label.htmlFor = "note-text";
  text.maxLength = 4000;
  text.required = true;
  dialog.setAttribute("aria-label", word("Add a note"));
  field.append(label, text);
  act.append(no, yes);
  form.append(title, when, field, wrong, act);
  dialog.append(form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let kept = null;
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => (dialog.remove(), resolve(kept)));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      yes.disabled = true;
      const answer = await send({ target, at: Math.round(at), text: text.value.trim() }, csrf);
      yes.disabled = false;
      if (answer.id) (kept = answer), dialog.close();
      else wrong.textContent = answer.message ?? word("The appliance cannot be reached");
    });
    dialog.showModal();
  });
}

function made(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

async function send(note, csrf) {
  try {
    const answer = await fetch("/api/v1/notes", { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(note) });
    return await answer.json();
  } catch (error) {
    if (error instanceof TypeError) return {};
    throw error;
  }
}
