/** What is left to do until the first alert arrives, and whether it has. */

import { DOMAIN, MINUTE, SECOND } from "./const.js";
import { button, element, place, setText } from "./element.js";
import { lastHeard } from "./model.js";
import { text } from "./texts.js";

const COPIED_MILLISECONDS = 3000;
const NEWS = 5 * MINUTE;
// the address may change while somebody is about to copy it
const ASK_EVERY = 5 * SECOND;

export class Setup {
  constructor(host) {
    this._host = host;
    this._steps = element("ol", {});
    this._address = element("code", {});
    this._problem = element("p", { className: "problem" });
    this._copy = button("action primary", () => this._onCopy());
    this._test = button("action", () => this._onTest());
    this._panel = element("a", { className: "action", target: "_blank", rel: "noreferrer" });
    this._listening = element("p", { className: "listening", role: "status" });
    this._actions = element("div", { className: "buttons" }, this._copy, this._panel, this._test);
    this._place = element("div", { className: "address" }, this._address);
    this.node = element("div", { className: "setup" });
    this._wasWaiting = false;
  }

  /** Return whether there is anything to say. */
  update(view, isWaiting) {
    this._view = view;
    const { hass, selection } = view;
    this._isWaiting = isWaiting;
    this._wasWaiting = this._wasWaiting || isWaiting;
    const isAdmin = hass.user && hass.user.is_admin;
    this._isAsking = isWaiting && isAdmin;
    if (this._isAsking) {
      setText(this._copy, this._copied ? text("setup.copied") : text("setup.copy"));
      setText(this._test, text("setup.test"));
      place(
        this._steps,
        [1, 2, 3].map((number) => element("li", {}, text(`setup.step_${number}`))),
      );
      const [{ device_id }] = selection.accounts;
      this._panel.href = (hass.devices[device_id] || {}).configuration_url || "";
      this._panel.hidden = !/^https?:/.test(this._panel.getAttribute("href"));
      setText(this._panel, text("dialog.panel"));
      place(this.node, [
        this._steps,
        this._place,
        this._problem,
        this._actions,
        this._listening,
      ]);
    } else {
      place(this.node, [this._listening]);
    }
    this.tick(view);
    return Boolean(this._listening.textContent);
  }

  tick({ selection, now, f }) {
    if (this._isAsking) {
      this._ask(selection.accounts[0]);
    }
    if (this._isWaiting) {
      setText(this._listening, text("setup.listening"));
      this._listening.className = "listening pulse";
      return;
    }
    const heard = lastHeard(selection.accounts);
    const isNews = this._wasWaiting && heard && now - heard < NEWS;
    this._listening.className = "listening";
    setText(this._listening, isNews ? text("setup.first", { ago: f.ago(now - heard) }) : "");
  }

  async _ask({ entry_id }) {
    const at = Date.now();
    if (this._asked === entry_id && at - this._askedAt < ASK_EVERY) {
      return;
    }
    this._asked = entry_id;
    this._askedAt = at;
    const { hass } = this._view;
    const { language } = hass;
    const command = { type: `${DOMAIN}/address`, config_entry_id: entry_id, language };
    const { url, problem } = await hass.callWS(command).catch(({ message }) => ({
      url: null,
      problem: message,
    }));
    if (this._asked !== entry_id) {
      return;
    }
    setText(this._address, url || "");
    setText(this._problem, problem || "");
    this._problem.hidden = !problem;
    this._copy.hidden = !url;
  }

  async _onCopy() {
    try {
      await navigator.clipboard.writeText(this._address.textContent);
    } catch {
      // without https a browser lets nothing be copied: what is selected can be, by hand
      getSelection().selectAllChildren(this._address);
      return;
    }
    this._copied = true;
    setText(this._copy, text("setup.copied"));
    setTimeout(() => {
      this._copied = false;
      setText(this._copy, text("setup.copy"));
    }, COPIED_MILLISECONDS);
  }

  _onTest() {
    const { hass, selection } = this._view;
    const [{ entry_id }] = selection.accounts;
    const data = { config_entry_id: entry_id, status: "warning", clear_after: { minutes: 2 } };
    return this._host.notice.act(hass, "send_test_alert", {}, data, text("setup.sent"));
  }
}
