/** The elements that the card is built from. */

/** Return a new element with properties and children; a string becomes text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export const icon = (name) => element("ha-icon", { icon: name, ariaHidden: "true" });

export function setText(node, words) {
  if (node.textContent !== words) {
    node.textContent = words;
  }
}
