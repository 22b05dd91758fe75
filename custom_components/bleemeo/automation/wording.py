"""Say what has become of alerts in words, in the language that was chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..core import Change, Status
from ..headline import async_named
from ..texts import Texts
from .collection import describe
from .follow import Finding

NAMED = 3
MAX_TEXT_LENGTH = 1000

type Alert = Mapping[str, Any]


class Wording:
    """Words for alerts that are told, and for what a screen shows of them."""

    def __init__(self, hass: HomeAssistant, texts: Texts) -> None:
        """Use these texts."""
        self._hass = hass
        self._texts = texts

    def named(self, alert: Alert) -> tuple[str, str]:
        """Return what a server and a metric are called, by whoever gave them a name."""
        key = alert["agent_id"], alert["metric_id"]
        told = alert["host"], alert["metric_name"]
        return async_named(self._hass, alert["entry_id"], key, told)

    def summary(self, found: Sequence[Finding], *, as_now: bool) -> str:
        """Return what is told in a sentence: the first alerts, and how many there are."""
        parts = [self._told(each, as_now) for each in found[:NAMED]]
        text, count = ", ".join(parts), len(found)
        if count > NAMED:
            text = self._texts("told.and_more", text=text, count=count - NAMED)
        return f"{self._texts('told.several', text=text, count=count) if count > 1 else text}."

    def summary_over(self, found: Sequence[Finding], *, as_now: bool) -> str:
        """Return what is told in a sentence, which says that it is over if it all is."""
        text = self.summary(found, as_now=as_now)
        is_over = all(each.metric.alert.status is Status.OK for each in found)
        return self._texts("told.summary_over", text=text) if is_over else text

    def changed(self, alert: Alert, key: str) -> str:
        """Return what has become of an alert, as the logbook says it."""
        status = self._texts(f"logbook_status.{alert['status']}")
        return (
            f"{self._full_name(alert)} {self._texts(f'logbook.{key}', status=status)}"
        )

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

    def lines(self, alerts: list[Alert], count: int, *, with_host: bool = False) -> str:
        """Return a line for each of the first alerts, and how many more there are."""
        lines = [
            f"{self._texts(f'status.{alert["status"]}')}: "
            + (self._full_name(alert) if with_host else self.named(alert)[1])
            for alert in alerts
        ]
        if count > len(alerts):
            lines.append(f"… + {count - len(alerts)}")
        return "\n".join(lines)

    def title(self, alert: Alert) -> str:
        """Return what an alert is about, and how bad it is."""
        status = self._texts(f"status.{alert['status']}")
        return f"{self._full_name(alert)} – {status}"

    def text(self, alert: Alert) -> str:
        """Return how bad it is since when, and what Bleemeo says of it."""
        status = self._texts(f"status.{alert['status']}")
        if incident := alert["incident"]:
            key = "at_least_since" if incident.get("began_earlier") else "since"
            status = self._texts(
                f"told.{key}", status=status, time=_time(incident["began_at"])
            )
        said = (alert["text"] or alert["title"])[:MAX_TEXT_LENGTH]
        return self._texts("told.said", told=status, text=said)

    def _told(self, finding: Finding, as_now: bool) -> str:
        """Return how an alert is, or what else of it is told."""
        alert, told = describe(self._hass, finding, as_now), finding.data or {}
        if end := told.get("end"):
            return self.changed(alert, f"acknowledgement_{end}")
        if finding.is_forgotten:
            return self.changed(alert, Change.FORGOTTEN)
        host, metric = self.named(alert)
        text = self._texts(
            "told.named",
            metric=metric,
            host=host,
            status=self._texts(f"logbook_status.{alert['status']}"),
        )
        return self._marked(alert, text)

    def _full_name(self, alert: Alert) -> str:
        host, metric = self.named(alert)
        return self._marked(alert, self._texts("told.said", told=host, text=metric))

    def _marked(self, alert: Alert, text: str) -> str:
        """Return a text that says so if the alert is a test."""
        return self._texts("told.test", text=text) if alert["is_test"] else text


def _time(iso: str) -> str:
    """Return a time for a person, with its day if that is not today."""
    time = dt_util.as_local(dt_util.parse_datetime(iso, raise_on_error=True))
    is_today = time.date() == dt_util.now().date()
    return f"{time:%H:%M}" if is_today else f"{time:%Y-%m-%d %H:%M}"
