/** Numbers that the browser keeps for its user, where it keeps anything. */

import { DOMAIN } from "./const.js";

/** Return a number that was kept, or 0. */
export function kept(name) {
  try {
    return +localStorage.getItem(`${DOMAIN}-${name}`) || 0;
  } catch {
    return 0;
  }
}

export function keep(name, number) {
  try {
    localStorage.setItem(`${DOMAIN}-${name}`, number);
  } catch {
    // a browser that keeps nothing works all the same
  }
}
