"""Say what a screen is to show of alerts: one notice for each thing that it shows."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..core import Agent, Change, Metric, Status
from ..hub import BleemeoHub
from ..models import loaded_hubs
from ..texts import Texts
from .collection import describe, rank
from .follow import Finding
from .memory import Key
from .wording import Alert, Wording

# more open alerts of a server are one notice, as are those of more servers
MANY_ALERTS = 3
MANY_SERVERS = 5

LISTED = 5
MAX_NOTICES = 50

OPEN, OVER, SEEN, GONE = "open", "over", "seen", "gone"

_ALL = "bleemeo"
# what is no worse than before makes no noise
_NO_NEWS = (Change.EASED, Change.UNKNOWN)

type Notice = dict[str, Any]
type Covers = Callable[[BleemeoHub, Metric], bool]
# the uid of a hub, and the id of an agent
type ServerKey = tuple[str, str]


class Notices:
    """Makes the notices of alerts that are told.

    Which of a server's alerts have a notice follows from what is open on it, so that all
    screens agree, whatever each was told before.
    """

    def __init__(self, hass: HomeAssistant, texts: Texts, covers: Covers) -> None:
        """Look at what is open of the metrics that somebody is told of."""
        self._hass = hass
        self._texts = texts
        self._words = Wording(hass, texts)
        self._covers = covers

    def of_open(self, found: Sequence[Finding], *, as_now: bool) -> list[Notice]:
        """Return the notices of alerts that are told, the worst first."""
        servers = _by_server(found)
        was_offline = any(
            each.data is not None and each.data.get("while_offline") for each in found
        )
        if len(servers) > MANY_SERVERS or (was_offline and len(found) > 1):
            worst = describe(self._hass, found[0], as_now)
            return [self._of_all(found, worst, is_news=True)]
        notices = []
        for here in servers.values():
            still = self._still(here[0].hub, here[0].metric.agent)
            if len(still) > MANY_ALERTS:
                worst = describe(self._hass, here[0], as_now)
                notices.append(self._of_server(still, worst, is_news=True))
                continue
            notices += [
                self._of_alert(describe(self._hass, each, as_now)) for each in here
            ]
        return notices[:MAX_NOTICES]

    def of_end(self, found: Sequence[Finding], state: str, said: str) -> list[Notice]:
        """Return the notices of alerts that are over, or were seen, which is `said`.

        Where they are on many servers, one for all of them says so.
        """
        ended = {each.key for each in found}
        servers, left = _by_server(found), self._few_left(ended)
        are_many = len(servers) > MANY_SERVERS
        are_few_again = len(left) <= MANY_SERVERS < len(left.keys() | servers.keys())
        own_state = GONE if are_many else state
        # those that had one of their own
        alone = {each.key for each in found[:MAX_NOTICES]}
        notices: list[Notice] = []
        for here in list(servers.values())[:MAX_NOTICES]:
            still = self._still(here[0].hub, here[0].metric.agent, ended)
            were_many = len(still) + len(here) > MANY_ALERTS
            alerts = [
                describe(self._hass, each, True)
                for each in here
                if each is here[0] or each.key in alone
            ]
            for alert in alerts:
                is_gone = were_many or alert["change"] == Change.FORGOTTEN
                notices.append(
                    self._end(_tag(alert), GONE if is_gone else own_state, alert, said)
                )
            if len(still) > MANY_ALERTS:
                notices.append(self._of_server(still))
                continue
            if were_many or not still:
                is_gone = bool(still) or not were_many
                end = self._end(
                    _group(alerts[0]), GONE if is_gone else own_state, alerts[0], said
                )
                notices.append(end | {"title": self._words.named(alerts[0])[0]})
            if were_many or are_few_again:
                notices += self._quiet(still)
        if are_few_again:
            others = (still for key, still in left.items() if key not in servers)
            notices += [each for still in others for each in self._quiet(still)]
        if are_few_again or not left:
            is_gone = bool(left) or not are_many
            notices.append(self._end(_ALL, GONE if is_gone else state, None, said))
        elif are_many:
            notices.append(self._of_all(ended=ended))
        return notices

    def _still(
        self, hub: BleemeoHub, agent: Agent, ended: Collection[Key] = ()
    ) -> list[Finding]:
        """Return what needs attention on a server, the worst first."""
        if not agent.rollup.needs_attention:
            return []
        found = [
            Finding(hub, metric)
            for metric in agent.metrics.values()
            if metric.needs_attention and self._covers(hub, metric)
        ]
        return sorted(
            (each for each in found if each.key not in ended),
            key=lambda each: rank(each, True),
        )

    def _few_left(self, ended: Collection[Key]) -> dict[ServerKey, list[Finding]]:
        """Return what needs attention on each server, for one more than few at most."""
        left: dict[ServerKey, list[Finding]] = {}
        for hub in loaded_hubs(self._hass):
            for agent_id, agent in hub.board.agents.items():
                if still := self._still(hub, agent, ended):
                    left[hub.uid, agent_id] = still
                if len(left) > MANY_SERVERS:
                    return left
        return left

    def _of_all(
        self,
        found: Sequence[Finding] = (),
        told: Alert | None = None,
        *,
        ended: Collection[Key] = (),
        is_news: bool = False,
    ) -> Notice:
        """Return the notice that sums up all that is open, beside what was `found`.

        The next one takes its place, so it must not leave out what this one told.
        """
        known = {*ended, *(each.key for each in found)}
        others = (
            each
            for hub in loaded_hubs(self._hass)
            for agent in hub.board.agents.values()
            for each in self._still(hub, agent, known)
        )
        every = sorted([*found, *others], key=lambda each: rank(each, True))
        alerts = [describe(self._hass, each, True) for each in every[:LISTED]]
        title = self._texts("told.alerts", host="Bleemeo", count=len(every))
        lines = self._words.lines(alerts, len(every), with_host=True)
        return self._notice(_ALL, title, lines, told or alerts[0], is_news=is_news)

    def _quiet(self, still: list[Finding]) -> list[Notice]:
        """Return the notices of what goes on being open on a server."""
        if len(still) > MANY_ALERTS:
            return [self._of_server(still)]
        return [
            self._of_alert(describe(self._hass, each, True), is_news=False)
            for each in still
        ]

    def _of_server(
        self, still: list[Finding], told: Alert | None = None, *, is_news: bool = False
    ) -> Notice:
        """Return the notice that sums up what is open on a server.

        How loud it is follows from the worst alert that is `told`.
        """
        alerts = [describe(self._hass, each, True) for each in still[:LISTED]]
        host, _ = self._words.named(alerts[0])
        title = self._texts("told.alerts", host=host, count=len(still))
        lines = self._words.lines(alerts, len(still))
        notice = self._notice(
            _group(alerts[0]), title, lines, told or alerts[0], is_news=is_news
        )
        return self._with_buttons(notice, "device_id", alerts[0]["device_id"])

    def _of_alert(self, alert: Alert, *, is_news: bool | None = None) -> Notice:
        if is_news is None:
            is_news = alert["change"] not in _NO_NEWS
        notice = self._notice(
            _tag(alert),
            self._words.title(alert),
            self._words.text(alert),
            alert,
            is_news=is_news,
        )
        entity = er.async_get(self._hass).async_get(alert["entity_id"] or "")
        # unlike the id of the entity, this one outlives its being renamed
        registry_id = entity.id if entity else None
        return self._with_buttons(notice, "entity_id", registry_id)

    def _end(self, tag: str, state: str, alert: Alert | None, said: str) -> Notice:
        title = self._words.title(alert) if alert else "Bleemeo"
        if alert and state == OVER and alert["status"] != Status.OK.word:
            # no longer severe enough to be told, but not over
            said = self._words.text(alert)
        return self._notice(tag, title, said, alert, state=state)

    def _notice(
        self,
        tag: str,
        title: str,
        message: str,
        alert: Alert | None,
        *,
        state: str = OPEN,
        is_news: bool = False,
    ) -> Notice:
        return {
            "tag": tag,
            "group": _ALL if alert is None or tag == _ALL else _group(alert),
            "title": title,
            "message": message,
            "state": state,
            "status": alert["status"] if alert else None,
            "is_news": is_news,
            "target": None,
            "buttons": [],
        }

    def _with_buttons(self, notice: Notice, key: str, value: str | None) -> Notice:
        if value is None:
            # beyond Home Assistant's cap there is nothing to act on
            return notice
        buttons = [
            {"action": action, "title": self._texts(f"told.{action}")}
            for action in ("acknowledge", "silence")
        ]
        return notice | {"target": {key: value}, "buttons": buttons}


def _by_server(found: Sequence[Finding]) -> dict[ServerKey, list[Finding]]:
    servers: dict[ServerKey, list[Finding]] = {}
    for each in found:
        key = each.hub.uid, each.metric.alert.agent_id
        servers.setdefault(key, []).append(each)
    return servers


def _group(alert: Alert) -> str:
    return f"{_ALL} {alert['agent_id']}"


def _tag(alert: Alert) -> str:
    """Identify an alert on a screen by what never changes."""
    return f"{_group(alert)} {alert['metric_id'] or ''}"
