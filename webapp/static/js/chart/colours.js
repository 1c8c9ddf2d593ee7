/* Colours of tokens.css for the canvas, in the theme of now. */
const style = getComputedStyle(document.documentElement);

/** Return the value of a token. */
export const token = (name) => style.getPropertyValue(name).trim();

/** Return a series colour, with an opacity if it is given. */
export function series(colour, opacity = 1) {
  const hex = token(`--s${colour}`);
  return opacity === 1 ? hex : `${hex}${Math.round(opacity * 255).toString(16).padStart(2, "0")}`;
}

/** Call a function when the theme changes. */
export function whenThemeChanges(call) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", call);
}
