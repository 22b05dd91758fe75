"""What servers report, as scenes: from nothing known to three hundred open alerts.

A scene is a list of reports, which could be delivered one by one. `told` says what
`bleemeo/incidents` tells after them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
import re
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

DAYS_KNOWN = 100
RANKS = ("critical", "warning", "unknown", "ok")

type Json = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """A metric's change of status."""

    host: str
    metric: str
    status: str
    ago: timedelta
    text: str = ""
    value: float | None = None
    unit: str | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Scene:
    """Servers and what they reported, and what people did about it."""

    hosts: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    known: bool = True
    loaded: bool = True
    seen: Mapping[tuple[str, str], tuple[timedelta, str, str]] = field(
        default_factory=dict
    )
    silenced: Mapping[str, tuple[timedelta, str]] = field(default_factory=dict)
    unreachable: frozenset[str] = frozenset()
    areas: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    known_for: timedelta = timedelta(days=DAYS_KNOWN)
    heard: timedelta = timedelta(minutes=4)

    def with_reports(self, *reports: Report) -> Scene:
        """Return the scene after some more reports."""
        hosts = dict.fromkeys([*self.hosts, *(report.host for report in reports)])
        return replace(self, hosts=tuple(hosts), reports=(*self.reports, *reports))

    def told(self, entry_id: str, now: datetime | None = None) -> Json:
        """Return what is told of it: accounts, servers and incidents."""
        now = now or datetime.now(UTC)
        incidents = [*self._incidents(entry_id, now)]
        open_ones = [each for each in incidents if each["ended_at"] is None]
        account = {
            "entry_id": entry_id,
            "title": "Bleemeo",
            "device_id": None,
            "loaded": self.loaded,
            "known": self.known,
            "status": _worst(open_ones) if self.known else None,
            "last_heard_at": _iso(now - self.heard) if self.known else None,
            "open": len(open_ones),
            "needs_attention": sum(each["needs_attention"] for each in open_ones),
            "silenced": None,
        }
        servers = [
            self._server(host, entry_id, incidents, now)
            for host in (self.hosts if self.known else ())
        ]
        return {"accounts": [account], "servers": servers, "incidents": incidents}

    def _server(
        self, host: str, entry_id: str, incidents: list[Json], now: datetime
    ) -> Json:
        key = server_key(entry_id, host)
        mine = [
            each
            for each in incidents
            if each["server"] == key and each["ended_at"] is None
        ]
        return {
            "key": key,
            "entry_id": entry_id,
            "agent_id": key.rpartition("/")[2],
            "device_id": f"device_{host}",
            "name": self.names.get(host, host),
            "area_id": self.areas.get(host),
            "labels": [],
            "status": _worst(mine),
            "status_since": None,
            "known_since": _iso(now - self.known_for),
            "metrics": 10,
            "open": len(mine),
            "needs_attention": sum(each["needs_attention"] for each in mine),
            "uptime": 1.0,
            "silenced": self._silence(host, now),
            "unreachable": host in self.unreachable,
            "problem_entity_id": None,
            "status_entity_id": None,
        }

    def _silence(self, host: str, now: datetime) -> Json | None:
        if host not in self.silenced:
            return None
        ago, comment = self.silenced[host]
        return {
            "id": host,
            "from": _iso(now - ago),
            "until": _iso(now + timedelta(hours=5)),
            "comment": comment,
            "user_id": None,
            "by": "Marie",
            "target": "server",
        }

    def _incidents(self, entry_id: str, now: datetime) -> Iterator[Json]:
        last: dict[tuple[str, str], Json] = {}
        made: list[Json] = []
        for report in sorted(self.reports, key=lambda each: -each.ago):
            at = _iso(now - report.ago)
            incident = last.get((report.host, report.metric))
            if report.status == "ok":
                if incident:
                    incident["ended_at"] = at
                    incident["steps"].append([at, "ok"])
                    del last[report.host, report.metric]
                continue
            if incident is None:
                incident = self._begin(report, at, entry_id)
                last[report.host, report.metric] = incident
                made.append(incident)
            incident["status"] = report.status
            incident["worst"] = min(incident["worst"], report.status, key=RANKS.index)
            incident["steps"].append([at, report.status])
        for (host, metric), incident in last.items():
            self._attend(incident, host, metric, now)
        return reversed(made)

    def _begin(self, report: Report, at: str, entry_id: str) -> Json:
        server = server_key(entry_id, report.host)
        metric_id = str(uuid5(NAMESPACE_DNS, f"{report.host} {report.metric}"))
        return {
            "id": f"{server}/{metric_id}/{at}",
            "entry_id": entry_id,
            "agent_id": server.rpartition("/")[2],
            "metric_id": metric_id,
            "server": server,
            "entity_id": entity_id(report.host, report.metric),
            "metric_name": report.metric,
            "host": report.host,
            "began_at": at,
            "ended_at": None,
            "status": report.status,
            "worst": report.status,
            "steps": [],
            "title": f"{report.host} - {report.metric} is {report.status}",
            "text": report.text,
            "value": report.value,
            "unit": report.unit,
            "threshold": report.threshold,
            "acknowledged": None,
            "silenced": None,
            "dependent": False,
            "flapping": False,
            "needs_attention": True,
            "is_test": False,
            "began_earlier": False,
        }

    def _attend(self, incident: Json, host: str, metric: str, now: datetime) -> None:
        if (host, metric) in self.seen:
            ago, by, comment = self.seen[host, metric]
            incident["acknowledged"] = {
                "at": _iso(now - ago),
                "until": None,
                "comment": comment or None,
                "user_id": None,
                "by": by,
            }
        incident["silenced"] = self._silence(host, now)
        incident["dependent"] = (
            host in self.unreachable and metric != "Agent connection"
        )
        incident["needs_attention"] = not (
            incident["acknowledged"] or incident["silenced"] or incident["dependent"]
        )


def server_key(entry_id: str, host: str) -> str:
    """Return the key of a server."""
    return f"{entry_id}/{uuid5(NAMESPACE_DNS, host)}"


def entity_id(host: str, metric: str) -> str:
    """Return the entity of a metric."""
    slug = re.sub(r"[^a-z0-9]+", "_", f"{host} {metric}".lower()).strip("_")
    return f"sensor.{slug}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _worst(incidents: list[Json]) -> str:
    return min((each["status"] for each in incidents), key=RANKS.index, default="ok")


def lasted(
    host: str, metric: str, status: str, ago: timedelta, length: timedelta
) -> tuple[Report, Report]:
    """Return the two reports of an incident that is over."""
    return (
        Report(host, metric, status, ago),
        Report(host, metric, "ok", ago - length),
    )


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


NAMES = (
    *("nas", "db01", "db02", "web01", "web02", "app01"),
    *("app02", "lb01", "lb02", "mail01", "voip01", "shop"),
)
HOSTS = tuple(f"{name}.example.com" for name in NAMES)

NOTHING = Scene(known=False)
FINE = Scene(
    hosts=HOSTS,
    reports=(
        *lasted(HOSTS[4], "CPU", "warning", timedelta(hours=5), _minutes(16)),
        *lasted(HOSTS[1], "PostgreSQL", "critical", timedelta(hours=11), _minutes(31)),
        *lasted(HOSTS[9], "Queue", "warning", timedelta(hours=20), _minutes(5)),
        *lasted(HOSTS[11], "Certificate", "warning", timedelta(days=2), _minutes(95)),
        *lasted(HOSTS[7], "CPU", "unknown", timedelta(days=4), _minutes(2)),
        *lasted(HOSTS[0], "UPS", "critical", timedelta(days=3), _minutes(8)),
        *lasted(HOSTS[0], "UPS", "critical", timedelta(days=5), _minutes(11)),
    ),
)
FIVE = replace(
    FINE.with_reports(
        Report(
            HOSTS[0], "UPS", "critical", _minutes(12), "The UPS is running on battery."
        ),
        Report(
            HOSTS[0],
            "SMART status",
            "critical",
            _minutes(64),
            "SMART tests failed on sdb.",
        ),
        Report(
            HOSTS[3],
            "Disk used (/home)",
            "warning",
            timedelta(hours=3),
            "Current value: 88.00 %, threshold 80.00 %.",
            88,
            "%",
            80,
        ),
        Report(HOSTS[2], "Agent connection", "critical", _minutes(20), "No data."),
        Report(HOSTS[2], "PostgreSQL", "unknown", _minutes(19)),
    ),
    seen={(HOSTS[0], "SMART status"): (_minutes(50), "Marie", "new disk is ordered")},
    silenced={HOSTS[2]: (timedelta(minutes=30), "patch night")},
    unreachable=frozenset({HOSTS[2]}),
)


def many(servers: int, open_alerts: int) -> Scene:
    """Return servers with ten metrics each, and so many open alerts among them."""
    hosts = tuple(f"srv{number:03}.example.com" for number in range(servers))
    metrics = (
        *("CPU", "Memory", "Disk used (/)", "Disk used (/home)", "Network"),
        *("Load", "NTP", "Process", "Service", "Swap"),
    )
    troubled = max(1, servers * 3 // 10)
    reports: list[Report] = []
    for number in range(open_alerts):
        host = hosts[(number * 7) % troubled]
        metric = metrics[(number // troubled) % len(metrics)]
        status = ("critical", "warning", "warning", "unknown")[number % 4]
        ago = timedelta(minutes=3 + (number * 13) % 900)
        reports.append(Report(host, metric, status, ago, f"{metric} is out of bounds."))
    taken = {(report.host, report.metric) for report in reports}
    for number in range(servers * 2):
        pair = (hosts[number % servers], metrics[(number * 3) % len(metrics)])
        if pair not in taken:
            ago = timedelta(minutes=40 + (number * 37) % 9_000)
            reports += lasted(*pair, "warning", ago, _minutes(6 + number % 30))
    return Scene(hosts=hosts, reports=tuple(reports))
