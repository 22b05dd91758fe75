/** Names that several modules share. */

export const DOMAIN = "bleemeo";
export const DOCUMENTATION =
  "https://github.com/bleemeo-home-assistant/bleemeo-home-assistant/blob/v0.1.0/docs/dashboards.md";
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
