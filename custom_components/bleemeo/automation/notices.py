"""Say what a screen is to show of alerts: one notice for each thing that it shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ..core import Change, Metric
from ..hub import BleemeoHub
from ..texts import Texts
from .collection import describe, rank
from .follow import Finding

# more open alerts of a server are one notice, as are those of more servers
MANY_ALERTS = 3
MANY_SERVERS = 5

LISTED = 5
NAMED = 3
MAX_NOTICES = 50
MAX_TEXT_LENGTH = 1000

OPEN, OVER, SEEN, GONE = "open", "over", "seen", "gone"

_ALL = "bleemeo"
# what is no worse than before makes no noise
_NO_NEWS = (Change.EASED, Change.UNKNOWN)

type Notice = dict[str, Any]
type Alert = Mapping[str, Any]
type Covers = Callable[[BleemeoHub, Metric], bool]


class Notices:
    """Makes the notices of alerts that are told.

    Which of a server's alerts have a notice follows from what is open on it, so that all
    screens agree, whatever each was told before.
    """

    def __init__(self, hass: HomeAssistant, texts: Texts, covers: Covers) -> None:
        """Look at what is open of the metrics that somebody is told of."""
        self._hass = hass
        self._texts = texts
        self._covers = covers

    def of_open(self, found: Sequence[Finding], *, as_now: bool) -> list[Notice]:
        """Return the notices of alerts that are told, the worst first."""
        servers = _by_server(found)
        was_offline = any(
            each.data is not None and each.data.get("while_offline") for each in found
        )
        if len(servers) > MANY_SERVERS or (was_offline and len(found) > 1):
            alerts = [describe(self._hass, each, as_now) for each in found[:LISTED]]
            title = self._texts("told.alerts", host="Bleemeo", count=len(found))
            lines = self._lines(alerts, len(found), with_host=True)
            return [self._notice(_ALL, title, lines, alerts[0], is_news=True)]
        notices = []
        for here in servers:
            still = self._still(here[0])
            if len(still) > MANY_ALERTS:
                worst = describe(self._hass, here[0], as_now)
                notices.append(self._of_server(still, worst, is_news=True))
                continue
            notices += [
                self._of_alert(describe(self._hass, each, as_now))
                for each in here[:MAX_NOTICES]
            ]
        return notices

    def of_end(self, found: Sequence[Finding], state: str, said: str) -> list[Notice]:
        """Return the notices of alerts that are over, or were seen, which is `said`."""
        notices: list[Notice] = []
        for here in _by_server(found):
            alerts = [describe(self._hass, each, True) for each in here[:MAX_NOTICES]]
            still = self._still(here[0])
            were_many = len(still) + len(here) > MANY_ALERTS
            for alert in alerts:
                is_gone = were_many or alert["change"] == Change.FORGOTTEN
                notices.append(
                    self._end(_tag(alert), GONE if is_gone else state, alert, said)
                )
            if len(still) > MANY_ALERTS:
                notices.append(self._of_server(still))
                continue
            if were_many or not still:
                is_gone = bool(still) or not were_many
                end = self._end(
                    _group(alerts[0]), GONE if is_gone else state, alerts[0], said
                )
                notices.append(end | {"title": alerts[0]["host"]})
            if were_many:
                rest = (describe(self._hass, each, True) for each in still)
                notices += [self._of_alert(each, is_news=False) for each in rest]
        if not self._is_any_open({each.hub for each in found}):
            notices.append(self._end(_ALL, GONE, None, said))
        return notices

    def summary(self, found: Sequence[Finding], *, as_now: bool) -> str:
        """Return what is told in a sentence: the first alerts, and how many there are."""
        named = [
            self._marked(
                alert,
                self._texts(
                    "told.named",
                    metric=alert["metric_name"],
                    host=alert["host"],
                    status=self._texts(f"logbook_status.{alert['status']}"),
                ),
            )
            for alert in (describe(self._hass, each, as_now) for each in found[:NAMED])
        ]
        text, count = ", ".join(named), len(found)
        if count > NAMED:
            text = self._texts("told.and_more", text=text, count=count - NAMED)
        return f"{self._texts('told.several', text=text, count=count) if count > 1 else text}."

    def said(self, key: str, about: Alert | None = None) -> str:
        """Return that something is over or seen: until when, by whom, and why."""
        text = self._texts(f"told.{key}")
        if about is None:
            return text
        if about["until"]:
            until = dt_util.parse_datetime(about["until"], raise_on_error=True)
            local = f"{dt_util.as_local(until):%Y-%m-%d %H:%M}"
            text = self._texts("told.until", text=text, until=local)
        return ": ".join([text, *filter(None, (about["by"], about["comment"]))])

    def _still(self, one: Finding) -> list[Finding]:
        """Return what needs attention on the server of an alert, the worst first."""
        found = [
            Finding(one.hub, metric)
            for metric in one.metric.agent.metrics.values()
            if metric.needs_attention and self._covers(one.hub, metric)
        ]
        return sorted(found, key=lambda each: rank(each, True))

    def _is_any_open(self, hubs: set[BleemeoHub]) -> bool:
        return any(
            metric.needs_attention and self._covers(hub, metric)
            for hub in hubs
            for metric in hub.board.metrics.values()
        )

    def _of_server(
        self, still: list[Finding], told: Alert | None = None, *, is_news: bool = False
    ) -> Notice:
        """Return the notice that sums up what is open on a server.

        How loud it is follows from the worst alert that is `told`.
        """
        alerts = [describe(self._hass, each, True) for each in still[:LISTED]]
        title = self._texts("told.alerts", host=alerts[0]["host"], count=len(still))
        lines = self._lines(alerts, len(still))
        notice = self._notice(
            _group(alerts[0]), title, lines, told or alerts[0], is_news=is_news
        )
        return self._with_buttons(notice, "device_id", alerts[0]["device_id"])

    def _of_alert(self, alert: Alert, *, is_news: bool | None = None) -> Notice:
        if is_news is None:
            is_news = alert["change"] not in _NO_NEWS
        status = self._texts(f"status.{alert['status']}")
        if incident := alert["incident"]:
            status = self._texts(
                "told.since", status=status, time=_time(incident["began_at"])
            )
        text = (alert["text"] or alert["title"])[:MAX_TEXT_LENGTH]
        notice = self._notice(
            _tag(alert), self._title(alert), f"{status}: {text}", alert, is_news=is_news
        )
        entity = er.async_get(self._hass).async_get(alert["entity_id"] or "")
        # unlike the id of the entity, this one outlives its being renamed
        registry_id = entity.id if entity else None
        return self._with_buttons(notice, "entity_id", registry_id)

    def _end(self, tag: str, state: str, alert: Alert | None, said: str) -> Notice:
        title = self._title(alert) if alert else "Bleemeo"
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

    def _lines(
        self, alerts: list[Alert], count: int, *, with_host: bool = False
    ) -> str:
        lines = [
            f"{self._texts(f'status.{alert["status"]}')}: "
            + (self._full_name(alert) if with_host else alert["metric_name"])
            for alert in alerts
        ]
        if count > len(alerts):
            lines.append(f"… + {count - len(alerts)}")
        return "\n".join(lines)

    def _title(self, alert: Alert) -> str:
        status = self._texts(f"status.{alert['status']}")
        return f"{self._full_name(alert)} – {status}"

    def _full_name(self, alert: Alert) -> str:
        return self._marked(alert, f"{alert['host']}: {alert['metric_name']}")

    def _marked(self, alert: Alert, text: str) -> str:
        """Return a text that says so if the alert is a test."""
        return self._texts("told.test", text=text) if alert["is_test"] else text


def _by_server(found: Sequence[Finding]) -> list[list[Finding]]:
    servers: dict[tuple[str, str], list[Finding]] = {}
    for each in found:
        key = each.hub.uid, each.metric.alert.agent_id
        servers.setdefault(key, []).append(each)
    return list(servers.values())


def _group(alert: Alert) -> str:
    return f"{_ALL} {alert['agent_id']}"


def _tag(alert: Alert) -> str:
    """Identify an alert on a screen by what never changes."""
    return f"{_group(alert)} {alert['metric_id'] or ''}"


def _time(iso: str) -> str:
    """Return a time for a person, with its day if that is not today."""
    time = dt_util.as_local(dt_util.parse_datetime(iso, raise_on_error=True))
    is_today = time.date() == dt_util.now().date()
    return f"{time:%H:%M}" if is_today else f"{time:%Y-%m-%d %H:%M}"
