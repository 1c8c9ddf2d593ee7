/* The live feed: the only file that knows Socket.IO. Everything else listens to events of the document:
   dt:readings {signal, t, x, quality, why} · dt:batch · dt:line {state, since} · dt:event · dt:command · dt:property · dt:alert · dt:health */
const wanted = new Set();
let socket = null;
let cursor = "";
let since = Date.now();
let state = "connecting";

/** Ask for the readings of a signal from now on. */
export function subscribe(...names) {
  const before = wanted.size;
  for (const name of names) wanted.add(name);
  if (wanted.size !== before) queueMicrotask(send);
}

let sending = false;
function send() {
  if (sending || !socket?.connected || !wanted.size) return;
  sending = true;
  queueMicrotask(() => {
    sending = false;
    socket.emit("subscribe", { signals: [...wanted], since: cursor || undefined }, (told) => {
      if (told?.cursor) cursor = told.cursor;
      say("live");
    });
  });
}

/** Return how the line is: connecting, live, behind or offline, and since when. */
export const line = () => ({ state, since });

function say(next) {
  if (next === state) return;
  state = next;
  since = Date.now();
  tell("dt:line", line());
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function took(batch) {
  cursor = batch.cursor;
  const rows = batch.t.length;
  if (batch.catch_up && rows > batch.signals.length) say("behind");
  for (let i = 0; i < rows; i++) {
    const signal = batch.signals[batch.s[i]];
    tell("dt:readings", { signal, t: batch.t[i], x: batch.x[i], quality: batch.q?.[i] ?? "good", why: batch.why?.[i] ?? "" });
  }
  tell("dt:batch", batch);
  if (!batch.catch_up || state === "behind") say("live");
}

/** Connect, and stay connected. */
export async function start() {
  if (!document.querySelector("dt-pill")) return;
  const { io } = await import("io");
  socket = io("/live", { transports: ["websocket", "polling"], reconnectionDelay: 500, reconnectionDelayMax: 5000 });
  socket.on("connect", () => (wanted.size ? send() : say("live")));
  socket.on("disconnect", () => say("offline"));
  socket.on("connect_error", (error) => {
    if (error.data?.status === 401) location.reload();
    say("offline");
  });
  socket.on("readings", took);
  for (const kind of ["event", "command", "property", "alert"]) socket.on(kind, (detail) => tell(`dt:${kind}`, detail));
  socket.on("health", (health) => tell("dt:health", health));
}
