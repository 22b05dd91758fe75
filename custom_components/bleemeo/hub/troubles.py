"""The troubles of an entry that the user should know about, each with its way out.

Each comes with how it is found and when it is over. The text for the user is in the
translations, under `issues` and its key.
"""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOCUMENTATION_URL, DOMAIN
from ..core import as_markdown
from . import address


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that may be wrong with an entry.

    `key` names its text, and the error in a form. `learn_more_url` is where it can be
    fixed; without one, the user confirms: that it was read or done, since nothing else
    can tell, or that the integration is to repair it. `is_wrong` finds it in Home
    Assistant's settings; without it, what happens reveals it. `is_disproved_by_alert` is
    set if an alert from Bleemeo proves it wrong.
    """

    key: str
    severity: ir.IssueSeverity = ir.IssueSeverity.ERROR
    learn_more_url: str | None = None
    is_persistent: bool = False
    is_wrong: Callable[[HomeAssistant, ConfigEntry | None, bool], bool] | None = None
    is_disproved_by_alert: bool = False

    @property
    def is_fixable(self) -> bool:
        """Whether the user confirms that it is over."""
        return self.learn_more_url is None

    @callback
    def async_report(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        subject: str = "",
        data: dict[str, str | int | float | None] | None = None,
        named: str | None = None,
        **placeholders: str,
    ) -> None:
        """Tell the user, until it is settled or confirmed to be over.

        A `subject` is the part of the entry that is concerned, if there are several.
        `data` is for the flow that repairs it. Home Assistant renders the placeholders
        as Markdown, so what is no `Markdown` yet is escaped. Whom a title has `named` is
        not, for a title is not rendered.
        """
        link = self.learn_more_url
        told = {"entry": entry.title, **placeholders}
        texts = {name: as_markdown(text) for name, text in placeholders.items()}
        ir.async_create_issue(
            hass,
            DOMAIN,
            self._issue_id(entry, subject),
            # for the flow of a repair
            data={"entry_id": entry.entry_id, **told, **(data or {})},
            is_fixable=self.is_fixable,
            is_persistent=self.is_persistent,
            learn_more_url=link and link.format(entry_id=entry.entry_id),
            severity=self.severity,
            translation_key=self.key,
            # the person's own name for the entry is also shown where nothing is rendered
            translation_placeholders={
                "entry": entry.title,
                **texts,
                **({"named": named} if named else {}),
            },
        )

    @callback
    def async_settle(
        self, hass: HomeAssistant, entry: ConfigEntry, subject: str = ""
    ) -> None:
        """Withdraw the report, if there is one; without a subject, those of all."""
        for issue in self._issues(hass, entry):
            if issue.issue_id.endswith(subject):
                ir.async_delete_issue(hass, DOMAIN, issue.issue_id)

    @callback
    def async_told(
        self, hass: HomeAssistant, entry: ConfigEntry
    ) -> dict[str, str] | None:
        """Return what the current report tells, or None if there is none."""
        issue = ir.async_get(hass).async_get_issue(DOMAIN, self._issue_id(entry))
        # one from before a restart may be known, but is not shown
        if issue is None or not issue.active:
            return None
        return {name: str(value) for name, value in (issue.data or {}).items()}

    @callback
    def async_told_data(
        self, hass: HomeAssistant, entry: ConfigEntry
    ) -> list[dict[str, str | int | float | None]]:
        """Return the data of the current reports, of all subjects."""
        return [issue.data for issue in self._issues(hass, entry) if issue.data]

    def _issues(self, hass: HomeAssistant, entry: ConfigEntry) -> list[ir.IssueEntry]:
        return [
            issue
            for issue in ir.async_get(hass).issues.values()
            if issue.domain == DOMAIN
            and issue.issue_id.startswith(self._issue_id(entry))
        ]

    def _issue_id(self, entry: ConfigEntry, subject: str = "") -> str:
        return f"{self.key}_{entry.entry_id}{subject and '_'}{subject}"


def _of_api(key: str) -> Trouble:
    return Trouble(
        key=key,
        severity=ir.IssueSeverity.WARNING,
        learn_more_url=f"{DOCUMENTATION_URL}/docs/api-access.md#when-it-does-not-work",
    )


# Found by an alert of an account that is not the entry's; over when that account has an
# entry, be it this one.
ACCOUNT_MISMATCH = Trouble(key="account_mismatch")

# Found by titles that name one host, another, and the first again, twice; over when
# only one was named for a week.
AGENT_DUPLICATED = Trouble(
    key="agent_duplicated",
    severity=ir.IssueSeverity.WARNING,
    learn_more_url="https://go.bleemeo.com/l/doc-duplicated-agent",
)

# Found by the first alert of an agent whose host another has, which is silent and has
# open alerts; over when that one is forgotten, or heard of again.
AGENT_REPLACED = Trouble(
    key="agent_replaced", severity=ir.IssueSeverity.WARNING, is_persistent=True
)

# Found by the second status that the API corrected although an alert should have told it;
# over with the next alert that arrives.
ALERTS_MISSING = Trouble(
    key="alerts_missing",
    learn_more_url=f"{DOCUMENTATION_URL}/docs/troubleshooting.md#alerts-do-not-arrive",
    is_persistent=True,
)

# Found by requests to the API that fail several times, or get an unexpected answer; over
# with the next that succeeds, or that fails in another way.
API_AWAY = _of_api("api_away")
API_FAILING = _of_api("api_failing")
API_LIST_DOUBTFUL = _of_api("api_list_doubtful")
API_TOKEN_NOT_KEPT = _of_api("api_token_not_kept")
API_UNUSABLE = _of_api("api_unusable")

# Found by an alert of a metric for which there is no room; over when there is.
BOUNDS_REACHED = Trouble(
    key="bounds_reached", severity=ir.IssueSeverity.WARNING, is_persistent=True
)

# Found by a metric beyond Home Assistant's cap of entities; over when all have one.
ENTITY_CAP = Trouble(
    key="entity_cap",
    learn_more_url="homeassistant://config/entities?config_entry={entry_id}",
)

# Found when the journal is opened; over when the user has read what was lost.
JOURNAL_DAMAGED = Trouble(key="journal_damaged", is_persistent=True)

# Found when there is no journal although there was one; over when the user has read it.
JOURNAL_MISSING = Trouble(key="journal_missing", is_persistent=True)

# Found by a write that fails; over with the next that succeeds.
JOURNAL_NOT_WRITTEN = Trouble(
    key="journal_not_written",
    learn_more_url=f"{DOCUMENTATION_URL}/docs/troubleshooting.md#alerts-cannot-be-kept",
)

# Found when Bleemeo was not heard of for as many days as the options say; over when it is.
NOTHING_HEARD = Trouble(
    key="nothing_heard",
    severity=ir.IssueSeverity.WARNING,
    learn_more_url=f"{DOCUMENTATION_URL}/docs/troubleshooting.md#nothing-is-heard",
)

# Found by a delivery to an address that was replaced; over when the user has put the
# new one into Bleemeo, or when none has come for some days.
OLD_ADDRESS_USED = Trouble(key="old_address_used", is_persistent=True)

CLOUDHOOK_DELETED = Trouble(
    key="cloudhook_deleted",
    learn_more_url="homeassistant://config/integrations/integration/bleemeo",
    is_wrong=lambda hass, entry, is_cloudhook: (
        entry is not None and is_cloudhook and address.is_deleted(hass, entry)
    ),
)
CLOUDHOOK_LOST = Trouble(
    key="cloudhook_lost",
    learn_more_url="homeassistant://config/cloud",
    is_wrong=lambda hass, _, is_cloudhook: (
        is_cloudhook and not address.is_subscribed(hass)
    ),
)
NO_EXTERNAL_URL = Trouble(
    key="no_external_url",
    severity=ir.IssueSeverity.WARNING,
    learn_more_url="homeassistant://config/network",
    is_wrong=lambda hass, _, is_cloudhook: (
        not is_cloudhook and address.external_url(hass) is None
    ),
    is_disproved_by_alert=True,
)
PRIVATE_ADDRESS = Trouble(
    key="private_address",
    severity=ir.IssueSeverity.WARNING,
    learn_more_url="homeassistant://config/network",
    is_wrong=lambda hass, _, is_cloudhook: (
        not is_cloudhook and address.is_private(address.external_url(hass))
    ),
    is_disproved_by_alert=True,
)
PLAIN_HTTP = Trouble(
    key="plain_http",
    severity=ir.IssueSeverity.WARNING,
    learn_more_url="homeassistant://config/network",
    is_wrong=lambda hass, _, is_cloudhook: (
        not is_cloudhook and not address.is_encrypted(address.external_url(hass))
    ),
)

API_TROUBLES = (
    API_AWAY,
    API_FAILING,
    API_LIST_DOUBTFUL,
    API_TOKEN_NOT_KEPT,
    API_UNUSABLE,
)
# only the first that is wrong is reported
ADDRESS_TROUBLES = (
    CLOUDHOOK_LOST,
    CLOUDHOOK_DELETED,
    NO_EXTERNAL_URL,
    PRIVATE_ADDRESS,
    PLAIN_HTTP,
)
TROUBLES = (
    ACCOUNT_MISMATCH,
    AGENT_DUPLICATED,
    AGENT_REPLACED,
    ALERTS_MISSING,
    *API_TROUBLES,
    BOUNDS_REACHED,
    ENTITY_CAP,
    JOURNAL_DAMAGED,
    JOURNAL_MISSING,
    JOURNAL_NOT_WRITTEN,
    NOTHING_HEARD,
    OLD_ADDRESS_USED,
    *ADDRESS_TROUBLES,
)


@callback
def async_find_address_trouble(
    hass: HomeAssistant, entry: ConfigEntry | None, *, is_cloudhook: bool
) -> Trouble | None:
    """Return what is wrong with an address: a cloudhook, or at the external URL.

    It is that of an entry, or of one that is to be made.
    """
    return next(
        (
            trouble
            for trouble in ADDRESS_TROUBLES
            if trouble.is_wrong and trouble.is_wrong(hass, entry, is_cloudhook)
        ),
        None,
    )
