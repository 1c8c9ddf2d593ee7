/* Notes and events as marks in a pane: a dashed line, a dot that can be reached by keyboard, words where there is room. */
const NEAR = 26;
const WIDEST = 220;
const LEAST = 90;
const GAP = 14;

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
  let taken = 0;
  groups.forEach((group, i) => {
    const mark = made(group);
    const next = groups[i + 1]?.left ?? over.clientWidth;
    over.append(mark);
    const words = Math.min(mark.lastChild.offsetWidth, WIDEST);
    const [before, after] = [group.left - taken - GAP, next - group.left - GAP];
    const right = after >= Math.min(words, LEAST) && (after >= words || after >= before);
    if (!right) mark.classList.add(before >= Math.min(words, LEAST) ? "left" : "short");
    mark.lastChild.style.maxWidth = `${Math.floor(Math.min(WIDEST, right ? after : before))}px`;
    taken = right ? group.left + Math.min(words, after) + GAP : group.left + 10;
  });
}

function made({ left, marks }) {
  const texts = marks.map((mark) => mark.text);
  const worst = ["crit", "warn"].find((kind) => marks.some((mark) => mark.kind === kind)) ?? "";
  const mark = document.createElement("div");
  const dot = document.createElement("button");
  const label = document.createElement("span");
  mark.className = `mark ${worst}`;
  mark.style.left = `${left}px`;
  dot.type = "button";
  dot.setAttribute("aria-label", texts.join(". "));
  label.textContent = texts.join(" · ");
  label.setAttribute("aria-hidden", "true");
  mark.append(dot, label);
  for (const kind of ["mousedown", "dblclick", "keydown"]) dot.addEventListener(kind, (event) => event.stopPropagation());
  return mark;
}
