/** The parts of the dashboard: hero, open alerts, what happened. */

export const PARTS_STYLE = `
  .update { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 12px; padding: 8px 16px;
    background: var(--secondary-background-color); border-radius: var(--radius); }
  .board { display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); align-items: start; }
  .side { display: grid; gap: 12px; align-content: start; grid-template-columns: minmax(0, 1fr); }
  div.box { --radius: var(--ha-border-radius-lg, 12px); padding: 12px; max-width: 1880px; margin: auto; }
  div.box .part, div.box .hero { background: var(--surface); border-radius: var(--radius);
    box-shadow: var(--ha-card-box-shadow, none); border: 1px solid var(--ha-card-border-color, var(--line)); }
  /* who gives a card fewer rows than it needs scrolls inside */
  ha-card.box { height: 100%; overflow: auto; }
  :host([split]) .board { grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: 16px; }
  :host([split]) .hero { grid-column: 1 / -1; }
  .part { padding: 14px 16px 12px; }
  .part header { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; min-height: 32px; margin-bottom: 6px; }
  .part h2 { font-size: var(--large); font-weight: 500; }
  .sub { color: var(--soft); font-size: 13px; flex: 1 1 auto; }
  .none { color: var(--soft); padding: 4px 0 8px; }
  .filters { display: flex; flex-wrap: wrap; gap: 8px; }
  .filters > :not([hidden]) { margin-bottom: 8px; }
  .chips { display: flex; flex-wrap: wrap; gap: 6px; }
  .search { font: inherit; min-height: 36px; min-width: 140px; flex: 0 1 220px; padding: 4px 12px; border-radius: 18px;
    border: 1px solid var(--outline-color, var(--line)); background: transparent; color: inherit; }
  .search::placeholder { color: var(--soft); opacity: 1; }

  .hero .main { position: relative; display: flex; gap: 18px; align-items: center; padding: 18px 20px; border-radius: inherit; min-height: 92px; }
  .hero .symbol { flex: none; width: 52px; height: 52px; display: grid; place-items: center; --mdc-icon-size: 44px; color: var(--soft); }
  .hero .words { flex: 1; min-width: 0; overflow-wrap: anywhere; }
  .hero h2 { font-size: clamp(19px, 4.6vw, 26px); line-height: 1.25; font-weight: 500; }
  .hero p { margin-top: 3px; }
  .hero p:empty, .hero .aside :empty { display: none; }
  .hero .detail { font-size: var(--large); }
  .hero .since { color: var(--soft); }
  .hero .aside { text-align: end; color: var(--soft); flex: none; max-width: 40%; }
  .hero .open { position: absolute; top: 0; left: 0; width: 100%; height: 100%; border-radius: inherit; }
  .hero.ok .symbol { color: var(--ok); }
  .hero.attended .symbol { color: var(--primary-color); }
  .hero.critical .main { background: var(--fill-critical); --on: #fff; }
  .hero.warning .main { background: var(--fill-warning); --on: #161616; }
  .hero.unknown .main { background: var(--fill-unknown); --on: #fff; }
  .hero.critical .main, .hero.warning .main, .hero.unknown .main,
  .hero.critical .main *, .hero.warning .main *, .hero.unknown .main * { color: var(--on); }
  :host([size="small"]) .hero .main { flex-wrap: wrap; gap: 6px 14px; padding: 16px; }
  :host([size="small"]) .hero .words { flex-basis: calc(100% - 66px); }
  :host([size="small"]) .hero .aside { max-width: none; flex-basis: 100%; display: flex; flex-wrap: wrap; gap: 0 12px; text-align: start; font-size: 13px; padding-inline-start: 66px; }

  .setup { padding: 4px 20px 18px; display: grid; gap: 10px; }
  .setup ol { padding-inline-start: 22px; display: grid; gap: 6px; }
  .setup code { display: block; padding: 10px 12px; border-radius: 8px; overflow-wrap: anywhere; user-select: all;
    background: var(--secondary-background-color); }
  .setup .problem { color: var(--critical); }
  .setup .action { min-height: 40px; }
  .listening:empty { display: none; }
  .pulse::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-inline-end: 8px; border-radius: 50%; background: var(--primary-color); }

  .group { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 12px; align-items: start; padding: 8px 0; border-top: 1px solid var(--line); }
  .incidents .chunk:first-child .group:first-child { border-top: 0; }
  .group .head { display: flex; gap: 12px; align-items: flex-start; padding: 4px 0; min-height: 44px; width: 100%; }
  .group .head ha-icon { flex: none; --mdc-icon-size: 24px; }
  .group .head > ha-icon:last-child { --mdc-icon-size: 20px; color: var(--soft); margin-inline-start: auto; }
  .group .text { display: flex; flex-wrap: wrap; gap: 0 8px; min-width: 0; overflow-wrap: anywhere; }
  .group .name { font-weight: 600; font-size: 15px; }
  .group .summary { font-size: 15px; }
  .group .detail { flex-basis: 100%; color: var(--soft); font-size: 13px; }
  .group .detail:empty { display: none; }
  .group .buttons { padding-top: 4px; justify-content: end; }
  .group.calm .symbol, li.calm .symbol { opacity: .75; }
  .lines { grid-column: 1 / -1; margin-inline-start: 36px; }
  .lines li { display: flex; align-items: center; gap: 4px; }
  .lines .alert { flex: 1; min-width: 0; min-height: 40px; display: flex; gap: 8px; align-items: baseline; padding: 9px 0; }
  .lines ha-icon { --mdc-icon-size: 18px; flex: none; align-self: flex-start; }
  .lines .text { flex: 1; flex-direction: row; gap: 0 6px; }
  .lines .what, .lines .since, .lines .seen { color: var(--soft); font-size: 13px; }
  .lines .since { white-space: nowrap; }
  .lines .seen { flex-basis: 100%; }
  .lines .seen:empty { display: none; }
  .tick { flex: none; width: 44px; height: 44px; display: grid; place-items: center; border-radius: 50%; }
  .lines .tick ha-icon { align-self: center; margin: 0; border: 1px solid var(--soft); border-radius: 50%; padding: 4px; --mdc-icon-size: 16px; color: transparent; width: 26px; height: 26px; display: grid; place-items: center; }
  .lines .tick:hover ha-icon { color: var(--soft); }
  .lines .tick[aria-pressed="true"] ha-icon { background: var(--primary-text-color); border-color: var(--primary-text-color); color: var(--surface); }
  :host([size="small"]) .group, :host([size="large"]) .side .group { grid-template-columns: minmax(0, 1fr); }
  :host([size="small"]) .group .buttons, :host([size="large"]) .side .buttons { margin-inline-start: 36px; justify-content: start; }
  :host([size="small"]) .lines { margin-inline-start: 0; }

  .week { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); gap: 4px; margin: 4px 0 8px; }
  .week .day { display: flex; flex-direction: column; align-items: center; justify-content: end; gap: 2px; min-height: 76px; padding: 4px 0;
    border-radius: 8px; color: var(--soft); font-size: 13px; }
  .week .day[aria-pressed="true"] { background: var(--secondary-background-color); color: var(--primary-text-color); }
  .week .column { width: min(28px, 80%); border-radius: 3px; background: var(--bar-ok); }
  .week .column.critical { background: var(--bar-critical); }
  .week .column.warning { background: var(--bar-warning); }
  .week .column.unknown { background: var(--bar-unknown); }
  .week .column.dark { background: repeating-linear-gradient(115deg, transparent 0 3px, var(--soft) 3px 4px); }
  .week .count { font-variant-numeric: tabular-nums; color: var(--primary-text-color); }
  .twelve { --when: 132px; }
  .line .incident { display: grid; grid-template-columns: var(--when, 96px) 18px minmax(0, 1fr); gap: 10px; width: 100%; align-items: baseline; padding: 5px 0; min-height: 32px; }
  .line ha-icon { --mdc-icon-size: 16px; align-self: start; margin-top: 1px; }
  .line .when { color: var(--soft); font-size: 13px; text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .line .text { overflow-wrap: anywhere; }
  .line.over b { font-weight: 500; }
  .line.day .incident { color: var(--soft); }
  .line .new { color: var(--primary-color); margin-inline-start: 6px; }
  .line .new:empty { display: none; }
  .more { margin-top: 6px; }
  :host([size="small"]) .line .incident { grid-template-columns: 18px minmax(0, 1fr); gap: 0 10px; }
  :host([size="small"]) .line .when { grid-column: 2; text-align: start; grid-row: 2; }
  /* the browser draws with a few colours of its own: in others, what is chosen looks like what is not */
  @media (forced-colors: active) {
    .week .column { forced-color-adjust: none; }
    .week .day[aria-pressed="true"], .lines .tick[aria-pressed="true"] ha-icon { forced-color-adjust: none; background: Highlight; border-color: Highlight; color: HighlightText; }
    .week .day[aria-pressed="true"] .count { color: HighlightText; }
    .lines .tick[aria-pressed="false"] ha-icon { forced-color-adjust: none; border-color: ButtonText; }
  }
`;
