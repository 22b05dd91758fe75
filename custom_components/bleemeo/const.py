"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "bleemeo"
MANUFACTURER: Final = "Bleemeo"

# the only known address of the panel (from Bleemeo's SDK examples)
PANEL_URL: Final = "https://panel.bleemeo.com"

DOCUMENTATION_URL: Final = (
    "https://github.com/bleemeo-home-assistant/bleemeo-home-assistant/blob/main"
)

EVENT_ALERT: Final = "bleemeo_alert"
EVENT_FLAPPING_ENDED: Final = "bleemeo_flapping_ended"

CONF_ACCOUNT: Final = "account"
CONF_AGREEMENT_INTERVAL: Final = "agreement_interval"
CONF_CLOUDHOOK: Final = "cloudhook"
CONF_FLAPPING_THRESHOLD: Final = "flapping_threshold"
CONF_MAX_AGE_DAYS: Final = "max_age_days"
CONF_MAX_DELIVERIES: Final = "max_deliveries"
CONF_REFRESH_TOKEN: Final = "refresh_token"
CONF_REPLACE_ADDRESS: Final = "replace_address"
CONF_REPLACED_ADDRESSES: Final = "replaced_addresses"

DEFAULT_AGREEMENT_INTERVAL: Final = 6
DEFAULT_MAX_AGE_DAYS: Final = 90
DEFAULT_MAX_DELIVERIES: Final = 10_000

KEY_ALERT: Final = "alert"
KEY_CHECK_NOW: Final = "check_now"
KEY_CORRECTED_STATUSES: Final = "corrected_statuses"
KEY_LAST_AGREEMENT: Final = "last_agreement"
KEY_PROBLEM: Final = "problem"
KEY_STATUS: Final = "status"
