/** The elements that everything is built from. What a server sent is only ever text. */

/** Return a new element with properties, attributes (role, aria-…) and children. */
export function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === "role" || key.includes("-")) {
      made.setAttribute(key, value);
    } else {
      made[key] = value;
    }
  }
  made.append(...children);
  return made;
}

export const icon = (name, className = "") =>
  element("ha-icon", { icon: name, className, "aria-hidden": "true" });

/** Return an icon in the colour of the status of what it stands in. */
export const symbol = (name = "") => icon(name, "symbol");

/** Return a button that says what it does. */
export const button = (className, onclick, ...children) =>
  element("button", { className, type: "button", onclick }, ...children);

export function setText(node, words) {
  if (node.textContent !== words) {
    node.textContent = words;
  }
}

/** Show a name, which may go on in a new line after its dots and dashes. */
export function setName(node, name) {
  if (node.textContent !== name) {
    node.textContent = "";
    const parts = name.match(/[^._/:-]+[._/:-]*|[._/:-]+/g) || [];
    parts.forEach((part) => node.append(part, document.createElement("wbr")));
  }
}

/** Set an attribute, or take it away where the value is null. */
export function setAttribute(node, name, value) {
  if (value === null) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Show a node as the theme of the page is. */
export const setDark = (node, { themes }) =>
  setAttribute(node, "dark", themes && themes.darkMode ? "" : null);

/** Make these the children of a node, and move none that is in its place. */
export function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  nodes.forEach((node, index) => {
    const there = parent.childNodes[index];
    if (there !== node) {
      parent.insertBefore(node, there || null);
    }
  });
}

// Hebrew, Arabic and what else is written from right to left
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Return a value as it may stand in a sentence without turning what is around it. */
export const isolated = (value) =>
  typeof value === "string" && FROM_RIGHT.test(value) ? `\u2068${value}\u2069` : value;

// what a list or the first line shows of a text; the dialog has all of it
const MOST_LETTERS = 200;

/** Return the beginning of a text that is long. */
export function brief(text) {
  if (!text || text.length <= MOST_LETTERS) {
    return text;
  }
  // no letter of two halves is cut
  return `${[...text.slice(0, 2 * MOST_LETTERS)].slice(0, MOST_LETTERS).join("")}…`;
}

/** Return the words that are not empty, with a dot between them. */
export const joined = (...words) => words.filter(Boolean).map(isolated).join(" · ");
