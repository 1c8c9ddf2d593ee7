/* Notes and events as marks in a pane: a dashed line, a dot that can be reached by keyboard, words where there is room. */
const NEAR = 26;
const WIDEST = 220;
const LEAST = 90;
const GAP = 14;
const placed = new WeakMap();

/** Put the marks of a time range over a pane; those that are there already only move, so that focus stays. */
export function place(pane, marks, view) {
  const over = pane.u.over;
  const groups = grouped(marks.filter((mark) => mark.at >= view.from && mark.at <= view.to), pane.u);
  const key = JSON.stringify(groups.map((group) => group.marks.map((mark) => [mark.at, mark.text])));
  const before = placed.get(pane);
  if (before?.key !== key) {
    for (const old of over.querySelectorAll(".mark")) old.remove();
    placed.set(pane, { key, elements: groups.map((group) => over.appendChild(made(group))) });
  }
  const { elements } = placed.get(pane);
  let taken = 0;
  groups.forEach(({ left }, i) => {
    const next = groups[i + 1]?.left ?? over.clientWidth;
    taken = fit(elements[i], left, left - taken - GAP, next - left - GAP);
  });
}

function grouped(marks, u) {
  const groups = [];
  for (const mark of marks) {
    const left = u.valToPos(mark.at / 1000, "x");
    const last = groups.at(-1);
    if (last && left - last.left < NEAR) last.marks.push(mark);
    else groups.push({ left, marks: [mark] });
  }
  return groups;
}

/* Give the words the side with room, or none; return how far to the right they reach. */
function fit(mark, left, before, after) {
  const label = mark.lastChild;
  mark.classList.remove("left", "short");
  mark.style.left = `${left}px`;
  label.style.maxWidth = `${WIDEST}px`;
  const words = label.offsetWidth;
  const right = after >= Math.min(words, LEAST) && (after >= words || after >= before);
  if (!right) mark.classList.add(before >= Math.min(words, LEAST) ? "left" : "short");
  label.style.maxWidth = `${Math.floor(Math.min(WIDEST, right ? after : before))}px`;
  return right ? left + Math.min(words, after) + GAP : left + 10;
}

function made({ marks }) {
  const texts = marks.map((mark) => mark.text);
  const worst = ["crit", "warn"].find((kind) => marks.some((mark) => mark.kind === kind)) ?? "";
  const mark = document.createElement("div");
  const dot = document.createElement("button");
  const label = document.createElement("span");
  mark.className = `mark ${worst}`;
  dot.type = "button";
  dot.setAttribute("aria-label", texts.join(". "));
  label.textContent = texts.join(" · ");
  label.setAttribute("aria-hidden", "true");
  mark.append(dot, label);
  for (const kind of ["mousedown", "dblclick", "keydown"]) dot.addEventListener(kind, (event) => event.stopPropagation());
  return mark;
}
