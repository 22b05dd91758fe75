/** The servers, and what is different on a tablet on the wall. */

export const WALL_STYLE = `
  .wall header { row-gap: 8px; }
  .row { border-top: 1px solid var(--line); }
  .chunk:first-child .row:first-child { border-top: 0; }
  .server { display: grid; width: 100%; gap: 0 14px; align-items: center; min-height: 44px; padding: 5px 0;
    grid-template-columns: 22px minmax(84px, 1.6fr) minmax(120px, 2.6fr) 58px minmax(90px, 1.4fr); }
  .server ha-icon { --mdc-icon-size: 20px; }
  .who { display: flex; gap: 8px; align-items: baseline; min-width: 0; }
  .row .name { font-weight: 500; min-width: 0; word-break: break-word; overflow-wrap: anywhere; }
  .row .count { flex: none; min-width: 20px; padding: 0 5px; border-radius: 10px; font-size: 12px; text-align: center;
    background: var(--secondary-background-color); font-variant-numeric: tabular-nums; }
  .row .count:empty { display: none; }
  .uptime { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
  .last { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
  .metrics { padding: 0 0 8px 36px; }
  .metric { display: flex; gap: 8px; align-items: center; min-height: 36px; width: 100%; font-size: 13px; overflow-wrap: anywhere; }
  .metric ha-icon { --mdc-icon-size: 18px; flex: none; }
  :host([size="large"][split]) .rows .server { grid-template-columns: 22px minmax(0, 1fr) minmax(120px, 1.2fr) 52px; }
  :host([size="large"][split]) .rows .last { grid-column: 2 / -1; }
  .last:empty { display: none; }
  :host([size="small"]) .server { grid-template-columns: 22px minmax(0, 1fr) auto; gap: 3px 10px; padding: 8px 0; }
  :host([size="small"]) .server .bar { grid-column: 1 / -1; grid-row: 2; }
  :host([size="small"]) .server .last { grid-column: 1 / -1; grid-row: 3; }
  :host([size="small"]) .row.ok .last { display: none; }
  .tiles .chunk { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 0 20px; }
  .tiles .server { grid-template-columns: 20px minmax(0, 1fr) auto; gap: 2px 8px; padding: 7px 0; }
  .tiles .server .bar { grid-column: 1 / -1; grid-row: 2; height: 18px; }
  .tiles .server .last { display: none; }
  .tiles .row.unfolded { grid-column: 1 / -1; }
  .tiles .chunk:first-child .row { border-top: 1px solid var(--line); }

  .leave { position: fixed; right: 16px; bottom: 16px; z-index: 4; min-height: 44px; padding: 0 18px; border-radius: 22px;
    background: var(--primary-text-color); color: var(--surface); }
  :host([wall]) { font-size: 17px; --small: 15px; --middle: 17px; --large: 19px; }
  :host([wall]) .hero .main { padding: 26px 32px; min-height: 150px; gap: 28px; }
  :host([wall]) .hero .symbol { width: 92px; height: 92px; --mdc-icon-size: 88px; }
  :host([wall]) .hero h2 { font-size: clamp(28px, 4.4vw, 64px); font-weight: 600; line-height: 1.12; }
  :host([wall]) .hero .detail { font-size: clamp(20px, 2.1vw, 30px); }
  :host([wall]) .hero .since, :host([wall]) .hero .aside { font-size: clamp(17px, 1.7vw, 24px); }
  :host([wall]) .row .name, :host([wall]) .group .name, :host([wall]) .group .summary { font-size: 19px; }
  :host([wall]) .server ha-icon { --mdc-icon-size: 24px; }
  :host([wall]) .bar { height: 26px; }
  :host([wall]) .tiles .chunk { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
  :host([wall]) .tiles .server .uptime { display: none; }
  :host([wall]) .last, :host([wall]) .group .detail, :host([wall]) .line .when, :host([wall]) .sub, :host([wall]) .lines .what { font-size: 15px; }
  :host([wall]) .timeline { --when: 112px; }
  :host([wall]) .twelve { --when: 152px; }
  :host([wall]) .lines ha-icon { margin-top: 2px; }
  :host([wall]:not([split])) .wall { grid-column: 1 / -1; }
  :host([alone]) { position: fixed; top: 0; bottom: 0; left: 0; right: 0; z-index: 10; overflow: auto; background: var(--primary-background-color); }
  :host([wall]) .filters, :host([wall]) .wall header .chips, :host([wall]) .search, :host([wall]) .group .buttons .action + .action { display: none; }
  :host([wall]) .server { min-height: 40px; padding: 3px 0; }
  :host([wall]) .part header { min-height: 28px; margin-bottom: 2px; }
  :host([dim]) {
    --primary-background-color: #000; --card-background-color: #0b0c0d; --primary-text-color: #b4b8bc; --secondary-text-color: #83878b;
    --divider-color: #1d1f21; --ha-card-border-color: #1d1f21; --secondary-background-color: #1a1c1e;
    --ok: #3f7d43; --bar-ok: #24532a; --bar-warning: #8a6100; --bar-critical: #a33a33; --bar-unknown: #55585b; --warning: #b27d00; --critical: #d0564d; --unknown: #83878b;
    color: #b4b8bc; }
`;
