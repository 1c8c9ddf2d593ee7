/* A button with data-ask asks once, by name, before it acts. */
import { word } from "dt/words.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-ask]");
  if (!button || button.dataset.asked) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  const question = document.createElement("h2");
  question.textContent = button.dataset.ask;
  const act = document.createElement("div");
  act.className = "act";
  const [no, yes] = ["Cancel", button.textContent.trim()].map((text, index) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = index ? "danger" : "";
    made.textContent = index ? text : word(text);
    return made;
  });
  act.append(no, yes);
  dialog.append(question, act);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  yes.addEventListener("click", () => {
    button.dataset.asked = "yes";
    dialog.close();
    button.click();
  });
  dialog.showModal();
});
