/* Notes and events as marks in a pane: a dashed line, a dot that can be reached by keyboard, words where there is room. */
const NEAR = 26;
const ROOM = 170;

/** Put the marks of a time range over a pane, instead of those before. */
export function place(pane, marks, view) {
  const over = pane.u.over;
  for (const old of over.querySelectorAll(".mark")) old.remove();
  const seen = marks.filter((mark) => mark.at >= view.from && mark.at <= view.to);
  const groups = [];
  for (const mark of seen) {
    const left = pane.u.valToPos(mark.at / 1000, "x");
    const last = groups.at(-1);
    if (last && left - last.left < NEAR) last.marks.push(mark);
    else groups.push({ left, marks: [mark] });
  }
  groups.forEach((group, i) => over.append(made(group, groups[i + 1]?.left ?? Infinity, over.clientWidth)));
}

function made({ left, marks }, next, width) {
  const texts = marks.map((mark) => mark.text);
  const worst = ["crit", "warn"].find((kind) => marks.some((mark) => mark.kind === kind)) ?? "";
  const mark = document.createElement("div");
  const dot = document.createElement("button");
  const label = document.createElement("span");
  mark.className = `mark ${worst}`;
  mark.style.left = `${left}px`;
  if (width - left < ROOM) mark.classList.add("left");
  if (next - left < ROOM && !mark.classList.contains("left")) mark.classList.add("short");
  dot.type = "button";
  dot.setAttribute("aria-label", texts.join(". "));
  label.textContent = texts.join(" · ");
  label.setAttribute("aria-hidden", "true");
  mark.append(dot, label);
  for (const kind of ["mousedown", "dblclick", "keydown"]) dot.addEventListener(kind, (event) => event.stopPropagation());
  return mark;
}
