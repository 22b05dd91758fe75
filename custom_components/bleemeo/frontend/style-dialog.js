/** The dialog of an alert. */

export const DIALOG_STYLE = `
  dialog { width: min(560px, calc(100vw - 32px)); max-height: calc(100vh - 48px); overflow: auto; padding: 20px; border: 1px solid transparent;
    border-radius: var(--ha-dialog-border-radius, 24px); background: var(--ha-dialog-surface-background, var(--surface)); color: inherit;
    box-shadow: 0 8px 40px #0007; }
  :host([plain]) { position: fixed; top: 0; bottom: 0; left: 0; right: 0; z-index: 20; overflow: auto; background: #0008; }
  :host([plain]) dialog { display: grid; position: static; margin: 48px auto; }
  dialog[open] { display: grid; gap: 14px; }
  dialog::backdrop { background: #0008; }
  dialog header { display: flex; gap: 14px; align-items: flex-start; }
  dialog header > ha-icon { --mdc-icon-size: 32px; flex: none; }
  dialog .text { flex: 1; min-width: 0; overflow-wrap: anywhere; }
  dialog h2 { font-size: 20px; font-weight: 500; line-height: 1.3; }
  dialog .sub, .habit, .seen { color: var(--soft); }
  dialog p:empty { display: none; }
  .close { width: 44px; height: 44px; margin: -8px -8px 0 0; display: grid; place-items: center; border-radius: 50%; }
  .said { unicode-bidi: plaintext; font-size: 16px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 40vh; overflow-y: auto; }
  dialog .bar { height: 32px; }
  .scale { display: flex; justify-content: space-between; gap: 8px; margin-top: 4px; font-size: 12px; color: var(--soft); }
  .track { position: relative; height: 12px; border-radius: 6px; background: var(--secondary-background-color); overflow: hidden; margin-top: 4px; }
  .fill { height: 100%; border-radius: 6px; background: var(--bar-unknown); }
  .critical .fill { background: var(--bar-critical); }
  .warning .fill { background: var(--bar-warning); }
  .mark { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1px; background: var(--primary-text-color); }
  .comment { font: inherit; width: 100%; min-height: 44px; padding: 8px 12px; border-radius: 8px; border: 1px solid var(--outline-color, var(--soft));
    background: transparent; color: inherit; }
  .comment::placeholder { color: var(--soft); opacity: 1; }
  .label { flex-basis: 100%; color: var(--soft); font-size: 13px; }
  .links { border-top: 1px solid var(--line); padding-top: 14px; }
  .buttons:empty { display: none; }
  @media (max-width: 500px) {
    dialog { width: 100vw; max-width: 100vw; margin: auto 0 0; border-radius: 24px 24px 0 0; }
  }
  @media (forced-colors: active) {
    .track { border: 1px solid CanvasText; }
    .fill { forced-color-adjust: none; }
    .mark { forced-color-adjust: none; background: CanvasText; }
  }
`;
