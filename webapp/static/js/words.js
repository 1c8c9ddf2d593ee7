/* The page's words in the reader's language; the server puts them into <body data-words>. */
const words = JSON.parse(document.body.dataset.words ?? "{}");

/** Return a text, with its %(name)s filled in. */
export function word(key, values = {}) {
  return (words[key] ?? key).replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
}
