"""What the built-in voice assistant says, to be heard."""

from collections.abc import Callable
import re
from typing import Final

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..core import Metric, Reason, Status
from .exposure import Exposed, spoken_names

# nobody listens to more
MAX_SPOKEN: Final = 3

# why nobody needs to act; what an alert depends on is said itself
_SAID = (Reason.ACKNOWLEDGED, Reason.SILENCED)

_PLACEHOLDER = re.compile(r"{(\w+)}")


class Answer:
    """Says in words, to be heard, what is wrong."""

    def __init__(
        self,
        hass: HomeAssistant,
        texts: dict[str, str],
        exposed: Exposed,
        user: User | None,
        unknown: list[ConfigEntry],
    ) -> None:
        """Speak of what a user may be told of, and of accounts not all known."""
        self._texts = texts
        self._unknown = unknown
        found = exposed.servers(user)
        self._accounts = {agent.id: hub.uid for hub, agent, _ in found}
        # of a server that is only listed there is none, and it is OK
        self._metrics = {agent.id: metrics for _, agent, metrics in found}
        names = spoken_names(hass, found)
        self._names = {agent_id: own[0] for agent_id, own in names.items()}

    def of_all(self) -> str:
        """Say whether all servers are OK."""
        return self._of_servers(
            list(self._metrics), self._unknown, self._texts["all_ok"]
        )

    def of_account(self, entry: ConfigEntry) -> str:
        """Say whether all servers of an account are OK."""
        return self._of_servers(
            [each for each, uid in self._accounts.items() if uid == entry.entry_id],
            [each for each in self._unknown if each is entry],
            self._say("server_ok", server=entry.title),
        )

    def of_agents(self, agent_ids: list[str]) -> str:
        """Say what is wrong with the servers of one name, and that one is OK if all are."""
        return self._of_each(self._meant(agent_ids), self._is_ok)

    def of_services(self, agent_ids: list[str], names: list[str]) -> str:
        """Say what is wrong with what runs on these servers, or is measured of them."""

        def is_named(metric: Metric) -> bool:
            service = metric.service
            return metric.name in names or bool(service and service.name in names)

        def is_ok(agent_id: str) -> str:
            return self._of_agent(agent_id, [self._alert(names[0], Status.OK)])

        named = {
            agent_id: own
            for agent_id, metrics in self._meant(agent_ids).items()
            if (own := [each for each in metrics if is_named(each)])
        }
        return self._of_each(named, is_ok)

    def _meant(self, agent_ids: list[str]) -> dict[str, list[Metric]]:
        """Return the metrics of servers that may be told of."""
        return {
            each: self._metrics[each] for each in agent_ids if each in self._metrics
        }

    def _of_each(
        self, meant: dict[str, list[Metric]], is_ok: Callable[[str], str]
    ) -> str:
        told = self._of_wrong(meant) or self._few(list(meant), is_ok, "more_ok")
        return " ".join(told) or self._texts["nothing_known"]

    def _of_servers(
        self, agent_ids: list[str], unknown: list[ConfigEntry], all_ok: str
    ) -> str:
        # as in an account's status, a test is none of its problems
        real = {
            agent_id: [each for each in self._metrics[agent_id] if not each.is_test]
            for agent_id in agent_ids
        }
        parts = self._of_wrong(real)
        if unknown:
            accounts = ", ".join(entry.title for entry in unknown)
            parts.append(self._say("not_known", accounts=accounts))
        if not parts and not agent_ids:
            return self._texts["nothing_known"]
        return " ".join(parts) or all_ok

    def _of_wrong(self, metrics: dict[str, list[Metric]]) -> list[str]:
        """Say what is wrong with servers, the worst first."""
        wrong = [
            (agent_id, own)
            for agent_id, each in metrics.items()
            if (own := _open(each))
        ]
        wrong.sort(key=lambda each: (_urgency(each[1][0]), self._names[each[0]]))
        return self._few(wrong, lambda each: self._of_open(*each), "more_servers")

    def _few[T](self, found: list[T], say: Callable[[T], str], more: str) -> list[str]:
        """Say what is heard of all that was found, and how much more there is."""
        heard = [*dict.fromkeys(map(say, found[:MAX_SPOKEN]))]
        if len(found) > MAX_SPOKEN:
            heard.append(self._say(more, count=len(found) - MAX_SPOKEN))
        return heard

    def _of_open(self, agent_id: str, wrong: list[Metric]) -> str:
        """Say what is wrong with a server."""
        alerts = [self._of_metric(metric) for metric in wrong[:MAX_SPOKEN]]
        if len(wrong) > MAX_SPOKEN:
            alerts.append(self._say("more_alerts", count=len(wrong) - MAX_SPOKEN))
        return self._of_agent(agent_id, alerts)

    def _of_metric(self, metric: Metric) -> str:
        alert = self._alert(metric.name, metric.alert.status)
        if metric.is_test:
            return self._say("test", alert=alert)
        quiet = next((each for each in _SAID if each in metric.quiet_reasons), None)
        return self._say(quiet, alert=alert) if quiet else alert

    def _of_agent(self, agent_id: str, alerts: list[str]) -> str:
        server = self._names[agent_id]
        return self._say("server", server=server, alerts=", ".join(alerts))

    def _is_ok(self, agent_id: str) -> str:
        return self._say("server_ok", server=self._names[agent_id])

    def _alert(self, name: str, status: Status) -> str:
        said = self._texts[f"status_{status.word}"]
        return self._say("alert", metric=name, status=said)

    def _say(self, key: str, **values: object) -> str:
        # what a sender wrote is text, braces and all
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), self._texts[key])


def _open(metrics: list[Metric]) -> list[Metric]:
    """Return the open ones: those that need attention first, and tests last."""
    return sorted((metric for metric in metrics if metric.is_open), key=_urgency)


def _urgency(metric: Metric) -> tuple[bool, bool, int]:
    """Return what sorts first what is most urgent."""
    is_quiet = not metric.needs_attention
    return metric.is_test, is_quiet, -metric.alert.status.severity
