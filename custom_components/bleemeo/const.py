"""Names that several modules share."""

import json
from pathlib import Path
from typing import Final

DOMAIN: Final = "bleemeo"
MANUFACTURER: Final = "Bleemeo"

# the only known address of the panel (from Bleemeo's SDK examples)
PANEL_URL: Final = "https://panel.bleemeo.com"

# the documents of the installed version; Home Assistant imports this in an executor
DOCUMENTATION_URL: Final = str(
    json.loads(Path(__file__).with_name("manifest.json").read_bytes())["documentation"]
).removesuffix("/README.md")

EVENT_ACKNOWLEDGEMENT: Final = "bleemeo_acknowledgement"
EVENT_ALERT: Final = "bleemeo_alert"
EVENT_FLAPPING_ENDED: Final = "bleemeo_flapping_ended"
EVENT_SILENCE: Final = "bleemeo_silence"

CONF_ACCOUNT: Final = "account"
CONF_AGREEMENT_INTERVAL: Final = "agreement_interval"
CONF_CONNECTION_METRIC: Final = "connection_metric"
CONF_CLOUDHOOK: Final = "cloudhook"
CONF_EXPIRE_DAYS: Final = "expire_days"
CONF_FLAPPING_THRESHOLD: Final = "flapping_threshold"
CONF_KEEP_TEXTS: Final = "keep_texts"
CONF_MAX_AGE_DAYS: Final = "max_age_days"
CONF_MAX_AGENTS: Final = "max_agents"
CONF_MAX_DELIVERIES: Final = "max_deliveries"
CONF_MAX_METRICS: Final = "max_metrics"
CONF_REFRESH_TOKEN: Final = "refresh_token"
CONF_REPLACE_ADDRESS: Final = "replace_address"
CONF_REPLACED_ADDRESSES: Final = "replaced_addresses"
CONF_TAG_LABELS: Final = "tag_labels"
CONF_USE_CLOUD: Final = "use_cloud"
CONF_WATCHDOG_DAYS: Final = "watchdog_days"
CONF_WITHOUT_ACCESS: Final = "without_access"

DEFAULT_AGREEMENT_INTERVAL: Final = 6
DEFAULT_EXPIRE_DAYS: Final = 180
DEFAULT_MAX_AGE_DAYS: Final = 90
DEFAULT_MAX_AGENTS: Final = 1_000
DEFAULT_MAX_DELIVERIES: Final = 10_000
DEFAULT_MAX_METRICS: Final = 5_000

KEY_ALERT: Final = "alert"
KEY_CHECK_ADDRESS: Final = "check_address"
KEY_CHECK_NOW: Final = "check_now"
KEY_CORRECTED_STATUSES: Final = "corrected_statuses"
KEY_INCIDENTS: Final = "incidents"
KEY_LAST_COMPARISON: Final = "last_comparison"
KEY_NOT_ARRIVING: Final = "not_arriving"
KEY_OPEN_ALERTS: Final = "open_alerts"
KEY_PROBLEM: Final = "problem"
KEY_REACHED: Final = "reached"
KEY_SILENCED: Final = "silenced"
KEY_STATUS: Final = "status"
