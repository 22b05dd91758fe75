/** Names that several modules share. */

export const DOMAIN = "bleemeo";
// worst first
export const STATUSES = ["critical", "warning", "unknown"];
export const ICONS = {
  critical: "mdi:alert-octagon",
  warning: "mdi:alert",
  unknown: "mdi:help-circle",
  ok: "mdi:check-circle",
};
export const SECOND = 1000;
export const MINUTE = 60000;
export const HOUR = 3600000;
export const DAY = 86400000;
// how far back most of what is shown looks
export const WEEK_DAYS = 7;
// how many days of the servers can be shown
export const RANGES = [1, 7, 30, 90];
// of the dashboard, in this order
export const PARTS = ["hero", "incidents", "timeline", "servers"];
