/* Numbers and times as the server writes them. */
import { word } from "dt/words.js";

const root = document.documentElement;
const language = root.lang || "en";
const zone = root.dataset.zone || "UTC";
const numbers = new Map();
const UNITS = [[31556952, "y"], [86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** Return a number with so many decimals; a dash where there is none. */
export function number(value, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  let format = numbers.get(digits);
  if (!format) {
    format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    numbers.set(digits, format);
  }
  const text = format.format(value);
  return /[1-9]/.test(text) ? text : text.replace(/^[-−]/, "");
}

/** Return a duration in its largest unit. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  for (const [factor, unit] of UNITS) if (whole >= factor) return `${Math.floor(whole / factor)} ${word(unit)}`;
  return `0 ${word("s")}`;
}

/** Return a time that is left, rounded up: 8 min for 7 min 50 s, 1 h 10 min. */
export function left(seconds) {
  if (seconds <= 60) return span(seconds);
  const minutes = Math.ceil(seconds / 60);
  const parts = [[Math.floor(minutes / 60), "h"], [minutes % 60, "min"]];
  return parts.filter(([count]) => count).map(([count, unit]) => `${count} ${word(unit)}`).join(" ");
}

/** Return an age in words. */
export function ago(ms, now = Date.now()) {
  const seconds = (now - ms) / 1000;
  return seconds < 1 ? word("just now") : word("%(span)s ago", { span: span(seconds) });
}

const times = new Map();
function formatted(name, options, ms) {
  let format = times.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options });
    times.set(name, format);
  }
  return format.format(ms);
}

const CLOCK = { hour: "2-digit", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };

/** Return the time of day. */
export const clock = (ms) => formatted("clock", CLOCK, ms);

/** Return a time with its date, to the second where the range is short. */
export function moment(ms, range) {
  if (range <= 7200e3) return formatted("second", { ...CLOCK, second: "2-digit" }, ms);
  if (range <= 86400e3) return formatted("clock", CLOCK, ms);
  if (range <= 90 * 86400e3) return formatted("day-clock", { ...DAY, ...CLOCK }, ms);
  return formatted("date", { ...DAY, year: "numeric" }, ms);
}

/** Return what an axis says at a time, given the step between its labels. */
export function tick(ms, step) {
  if (step < 60e3) return formatted("second", { ...CLOCK, second: "2-digit" }, ms);
  if (step < 86400e3) return clock(ms) === "00:00" ? formatted("day", DAY, ms) : clock(ms);
  if (step < 28 * 86400e3) return formatted("day", DAY, ms);
  if (step < 360 * 86400e3) return formatted("month", { month: "short", year: "numeric" }, ms);
  return formatted("year", { year: "numeric" }, ms);
}

/** Return UTC for the hover. */
export const utc = (ms) => new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");

/** Return minutes that local time is ahead of UTC at a time. */
export function offset(ms) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(ms);
  const part = (type) => Number(parts.find((p) => p.type === type).value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
  return Math.round((local - Math.floor(ms / 60e3) * 60e3) / 60e3);
}
