/** Notice that Home Assistant serves other modules by now than those of this page. */

import { MINUTE, SECOND } from "./const.js";
import { pageHass } from "./texts.js";

// the answer at the address of modules that were served before
const GONE = 410;
const RETRY = 5 * SECOND;
const TRIES = 60;
const PATIENCE = MINUTE;

const listeners = new Set();
let isOutdated = false;

/** Call a listener once this page is older than Home Assistant; return how to stop that. */
export function whenOutdated(listener) {
  if (isOutdated) {
    listener();
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell() {
  isOutdated = true;
  for (const listener of [...listeners]) {
    listener();
  }
}

export const reload = () => window.location.reload();

/** Return what Home Assistant says of this page's modules; 0 where it does not answer. */
const ask = () =>
  fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(
    ({ status }) => status,
    () => 0,
  );

/** Return whether Home Assistant starts, or is away: it serves no modules then. */
async function isStarting() {
  if (!window.hassConnection) {
    return false;
  }
  try {
    const { conn } = await window.hassConnection;
    // what the page knows may be of before
    const { state } = await conn.sendMessagePromise({ type: "get_config" });
    return state !== "RUNNING";
  } catch {
    return true;
  }
}

async function check(tries = TRIES) {
  if (await isStarting()) {
    setTimeout(check, RETRY, tries);
    return;
  }
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

let isBack = false;
let isPlanned = false;

function planReload() {
  if (isOutdated && isBack && !isPlanned) {
    isPlanned = true;
    setTimeout(reloadWhenSafe, PATIENCE);
  }
}

/**
 * Check now, for a browser may have kept the page from before an update, and whenever Home
 * Assistant comes back. Then the page also reloads itself after a while: a tablet on the
 * wall is never reloaded by hand. At first it does not, or it might do so for ever.
 */
export function watchVersion() {
  check();
  whenOutdated(planReload);
  if (window.hassConnection) {
    window.hassConnection.then(({ conn }) =>
      conn.addEventListener("ready", () => {
        check();
        isBack = true;
        planReload();
      }),
    );
  }
}
