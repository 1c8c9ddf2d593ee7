/* A form with data-send is sent without leaving the page; what came of it is seen where the page shows it. */
import { word } from "dt/words.js";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-send]")) return;
  event.preventDefault();
  if ("busy" in form.dataset) return; // not disabled: that would lose the focus
  form.dataset.busy = "";
  const problem = await sent(form.action, new URLSearchParams(new FormData(form, event.submitter)));
  delete form.dataset.busy;
  if (form.matches(":popover-open")) form.hidePopover();
  tell(problem);
  document.dispatchEvent(new CustomEvent("dt:sent"));
});

async function sent(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    return answer.ok ? null : await answer.json();
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return { message: word("The appliance cannot be reached"), hint: "" };
    throw error;
  }
}

/* One notice on top of the page, gone with the next thing that works. */
function tell(problem) {
  document.querySelector("[data-problem]")?.remove();
  if (!problem) return;
  const notice = document.createElement("div");
  const text = document.createElement("div");
  const lead = document.createElement("b");
  notice.className = "notice crit";
  notice.dataset.problem = "";
  notice.setAttribute("role", "alert");
  lead.textContent = problem.message;
  text.append(lead, problem.hint ?? "");
  notice.append(text);
  document.querySelector("main").prepend(notice);
}
