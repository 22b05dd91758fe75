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

/** Return the words that are not empty, with a dot between them. */
export const joined = (...words) => words.filter(Boolean).map(isolated).join(" · ");
