/** The style of the card. */

export const STYLE = `
  :host { display: block; height: 100%; }
  ha-card { height: 100%; overflow: hidden; container-type: inline-size; line-height: var(--ha-line-height-normal, 1.6); }
  section { display: flex; flex-direction: column; height: 100%; }
  .update { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 12px; padding: 4px 16px;
    background: var(--secondary-background-color); color: var(--primary-text-color); }
  .reload { min-height: 48px; border-radius: var(--ha-border-radius-md, 8px); text-decoration: underline; font-weight: var(--ha-font-weight-medium, 500); }
  .header { display: flex; align-items: center; gap: 12px; padding: 16px 16px 8px; min-height: 24px; }
  .title { flex: 1; margin: 0; font-size: var(--ha-font-size-l, 16px); font-weight: var(--ha-font-weight-medium, 500); color: var(--primary-text-color); }
  .counts { display: flex; gap: 12px; font-variant-numeric: tabular-nums; color: var(--primary-text-color); }
  .count { display: inline-flex; align-items: center; gap: 4px; --mdc-icon-size: 18px; }
  .count ha-icon, .icon { color: var(--status); }
  .critical { --status: var(--red-color, #f44336); }
  .warning { --status: var(--amber-color, #ff6f00); }
  .unknown { --status: var(--grey-color, #757575); }
  ul { list-style: none; margin: 0; padding: 0 8px 8px; flex: 1; min-height: 0; overflow-y: auto; scroll-padding-block: 8px 48px;
    /* fades out while there is more below */
    mask-image: linear-gradient(#000 calc(100% - var(--more, 0px)), transparent); animation: more linear both; animation-timeline: scroll(self); }
  @keyframes more { 0%, 98% { --more: 48px; } 100% { --more: 0px; } }
  ul:focus { outline: none; }
  li { display: flex; align-items: center; border-radius: var(--ha-border-radius-md, 8px); }
  li:hover { background: rgba(var(--rgb-primary-text-color, 33, 33, 33), 0.04); }
  button { all: unset; box-sizing: border-box; cursor: pointer; border-radius: inherit; }
  button:focus-visible { outline: 2px solid var(--primary-color); outline-offset: -2px; }
  .alert { flex: 1; min-width: 0; min-height: 64px; padding: 8px; display: grid; column-gap: 12px; align-items: center;
    grid-template: "icon name since" auto "icon text text" auto / 36px minmax(0, 1fr) auto; }
  .name, .since { align-self: baseline; }
  .icon { grid-area: icon; position: relative; width: 36px; height: 36px; display: grid; place-items: center; --mdc-icon-size: 22px; }
  .icon::before { content: ""; position: absolute; inset: 0; border-radius: 50%; background: var(--status); opacity: 0.15; }
  .name { grid-area: name; min-width: 0; display: flex; flex-direction: column; overflow-wrap: anywhere; }
  .metric { font-weight: var(--ha-font-weight-medium, 500); color: var(--primary-text-color); }
  .host, .since, .text, .note { color: var(--secondary-text-color); }
  .since, .text, .note { font-size: var(--ha-font-size-s, 12px); }
  .since { grid-area: since; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .text { grid-area: text; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; overflow-wrap: anywhere; }
  .acknowledge { flex: none; width: 48px; height: 48px; display: grid; place-items: center; border-radius: 50%; color: var(--secondary-text-color); }
  .acknowledge:hover { color: var(--primary-text-color); }
  .acknowledge[aria-pressed="true"] { color: var(--primary-color); }
  .acknowledge[aria-disabled="true"] { opacity: 0.5; }
  .seen .icon::before { opacity: 0; }
  .note { padding: 8px 16px 16px; }
  .calm { flex: 1; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; padding: 8px 16px 24px;
    text-align: center; color: var(--primary-text-color); }
  .calm ha-icon { --mdc-icon-size: 40px; color: var(--secondary-text-color); margin-bottom: 4px; }
  .calm.clear ha-icon { color: var(--green-color, #4caf50); }
  .calm .hint { color: var(--secondary-text-color); }
  .calm .hint:empty { display: none; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  [hidden] { display: none !important; }
  @container (min-width: 560px) {
    .alert { min-height: 56px; column-gap: 16px;
      grid-template: "icon name text since" auto / 36px minmax(120px, 2fr) minmax(0, 3fr) minmax(88px, auto); }
    .name, .since { align-self: center; }
    .text { font-size: inherit; }
    .since { text-align: end; }
  }
`;
