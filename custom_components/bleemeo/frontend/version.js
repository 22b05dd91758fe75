/** Notice that Home Assistant serves other modules by now than those of this page. */

// the answer at the address of modules that were served before
const GONE = 410;
// Home Assistant may take minutes from its first answer until it serves modules
const RETRY_MILLISECONDS = 5_000;
const TRIES = 60;
const RELOAD_MILLISECONDS = 60_000;

let tell;
/** Resolves when this page is older than Home Assistant. */
export const outdated = new Promise((resolve) => {
  tell = resolve;
});

export const reload = () => window.location.reload();

async function check(tries = TRIES) {
  const status = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(
    (answer) => answer.status,
    () => 0,
  );
  if (status === GONE) {
    tell();
  } else if (status !== 200 && tries) {
    setTimeout(check, RETRY_MILLISECONDS, tries - 1);
  }
}

/**
 * Check now, for a browser may have kept the page from before an update, and whenever Home
 * Assistant comes back. Then the page also reloads itself after a while: a tablet on the
 * wall is never reloaded by hand. At first it does not, or it might do so for ever.
 */
export function watchVersion() {
  check();
  window.hassConnection?.then(({ conn }) =>
    conn.addEventListener("ready", () => {
      check();
      outdated.then(() => setTimeout(reload, RELOAD_MILLISECONDS));
    }),
  );
}
