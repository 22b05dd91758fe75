/** What all that is shown shares: colours that keep their contrast, type, buttons. */

export const BASE_STYLE = `
  :host {
    display: block; height: 100%; color: var(--primary-text-color);
    --critical: #c62828; --warning: #c77700; --unknown: #616161; --ok: #2e7d32;
    --fill-critical: #b71c1c; --fill-warning: #ffb300; --fill-unknown: #5f6368;
    --bar-critical: #d32f2f; --bar-warning: #f59300; --bar-unknown: #8a8d91; --bar-ok: #4caf50;
    --soft: var(--secondary-text-color); --surface: var(--card-background-color, #fff);
    --line: var(--divider-color, #0000001f); --radius: var(--ha-card-border-radius, 12px);
    --small: var(--ha-font-size-s, 12px); --middle: var(--ha-font-size-m, 14px); --large: var(--ha-font-size-l, 16px);
    font-size: var(--middle); line-height: 1.45;
  }
  :host([dark]) {
    --critical: #ff6b60; --warning: #ffb300; --unknown: #bdbdbd; --ok: #66bb6a;
    --bar-critical: #ff5449; --bar-warning: #ffb300; --bar-unknown: #9e9e9e; --bar-ok: #43a047;
  }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  h2, p, ul, ol { margin: 0; }
  /* a name that is written from right to left turns nothing but itself */
  span, b, code, button, a { unicode-bidi: isolate; }
  ul { list-style: none; padding: 0; }
  button, .action { font: inherit; color: inherit; cursor: pointer; -webkit-tap-highlight-color: transparent; }
  button { background: none; border: 0; padding: 0; text-align: start; }
  button:focus-visible, a:focus-visible, input:focus-visible, .list:focus-visible {
    outline: 2px solid var(--primary-color); outline-offset: 2px; }
  .list:focus { outline: none; }
  .action, .chip { display: inline-flex; align-items: center; justify-content: center; min-height: 32px; padding: 2px 12px; white-space: nowrap;
    border: 1px solid var(--line); border-radius: 16px; font-size: 13px; color: var(--primary-text-color); text-decoration: none; }
  .action { border-color: var(--outline-color, var(--line)); border-radius: 8px; font-weight: 500; }
  .action:hover, .chip:hover { border-color: var(--soft); }
  .chip[aria-pressed="true"] { background: var(--primary-text-color); border-color: var(--primary-text-color); color: var(--surface); }
  .primary { background: var(--primary-text-color); border-color: var(--primary-text-color); color: var(--surface); }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
  @media (pointer: coarse) { .action, .chip { min-height: 44px; } .chip { border-radius: 22px; } }
  .critical { --status: var(--critical); }
  .warning { --status: var(--warning); }
  .unknown { --status: var(--unknown); }
  .ok { --status: var(--ok); }
  .symbol { color: var(--status, var(--soft)); }
  .bar { height: 22px; color: var(--soft); }
  .bar svg { display: block; width: 100%; height: 100%; overflow: visible; }
  .bar path { forced-color-adjust: none; }
  .bar .hatch { fill: none; stroke: currentColor; stroke-width: 1.2px; opacity: .6; vector-effect: non-scaling-stroke; }
  .bar .ok { fill: var(--bar-ok); }
  .bar .unknown { fill: var(--bar-unknown); }
  .bar .warning { fill: var(--bar-warning); }
  .bar .critical { fill: var(--bar-critical); }
  .notices { position: sticky; bottom: 12px; z-index: 3; display: flex; justify-content: center; pointer-events: none; }
  .notice { pointer-events: auto; display: flex; gap: 16px; align-items: center; min-height: 44px; padding: 4px 8px 4px 16px; margin-top: 12px;
    border: 1px solid transparent; border-radius: 10px; background: #2b2d30; color: #fff; box-shadow: 0 2px 10px #0006; }
  .undo { min-height: 36px; padding: 0 12px; border-radius: 8px; color: #8ecbff; font-weight: 500; }
  @media (forced-colors: active) {
    .chip[aria-pressed="true"] { forced-color-adjust: none; background: Highlight; border-color: Highlight; color: HighlightText; }
  }
  @media (prefers-reduced-motion: no-preference) {
    .pulse::before { animation: pulse 2s ease-in-out infinite; }
    @keyframes pulse { 50% { opacity: .25; } }
  }
`;
