/** Names that several modules share. */

export const DOMAIN = "bleemeo";
export const CARD = "bleemeo-alerts-card";
// worst first
export const STATUSES = ["critical", "warning", "unknown"];
export const ICONS = {
  critical: "mdi:alert-octagon",
  warning: "mdi:alert",
  unknown: "mdi:help-circle",
};
