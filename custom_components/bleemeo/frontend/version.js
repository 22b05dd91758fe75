/** Notice that Home Assistant serves other modules by now than those of this page. */

import { MINUTE, SECOND } from "./const.js";
import { pageHass } from "./texts.js";

// the answer at the address of modules that were served before
const GONE = 410;
// Home Assistant may take minutes from its first answer until it serves modules
const RETRY = 5 * SECOND;
const TRIES = 60;
const PATIENCE = MINUTE;

let tell;
/** Resolves when this page is older than Home Assistant. */
export const outdated = new Promise((resolve) => {
  tell = resolve;
});

export const reload = () => window.location.reload();

/** Return what Home Assistant says of this page's modules; 0 where it does not answer. */
const ask = () =>
  fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(
    ({ status }) => status,
    () => 0,
  );

async function check(tries = TRIES) {
  const status = await ask();
  if (status === GONE) {
    tell();
  } else if (status !== 200 && tries) {
    setTimeout(check, RETRY, tries - 1);
  }
}

/** Return whether a page that is loaded now would work, and nobody loses what they typed. */
async function mayReload() {
  const { config, connected } = pageHass() || {};
  return (
    connected === true &&
    config.state === "RUNNING" &&
    !window.isDirtyState &&
    // Home Assistant may be starting anew by now, and its page would come without us
    (await ask()) === GONE
  );
}

async function reloadWhenSafe() {
  if (await mayReload()) {
    reload();
  } else {
    setTimeout(reloadWhenSafe, RETRY);
  }
}

let isWaiting = false;

/**
 * Check now, for a browser may have kept the page from before an update, and whenever Home
 * Assistant comes back. Then the page also reloads itself after a while: a tablet on the
 * wall is never reloaded by hand. At first it does not, or it might do so for ever.
 */
export function watchVersion() {
  check();
  if (window.hassConnection) {
    window.hassConnection.then(({ conn }) =>
      conn.addEventListener("ready", () => {
        check();
        outdated.then(() => {
          if (!isWaiting) {
            isWaiting = true;
            setTimeout(reloadWhenSafe, PATIENCE);
          }
        });
      }),
    );
  }
}
