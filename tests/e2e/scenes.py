"""What servers report, as scenes: from nothing known to three hundred open alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from servers import CONNECTION

DAYS_KNOWN = 100


@dataclass(frozen=True)
class Report:
    """A metric's change of status."""

    host: str
    metric: str
    status: str
    ago: timedelta
    text: str = ""


@dataclass(frozen=True)
class Scene:
    """Servers and what they reported, and what people did about it.

    `seen` has the comment on an alert that Marie acknowledged, and `silenced` the one on
    a server that she silenced. `areas` and `names` are by host.
    """

    hosts: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    seen: Mapping[tuple[str, str], str] = field(default_factory=dict)
    silenced: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    known_for: timedelta = timedelta(days=DAYS_KNOWN)

    def with_reports(self, *reports: Report) -> Scene:
        """Return the scene after some more reports."""
        hosts = dict.fromkeys([*self.hosts, *(report.host for report in reports)])
        return replace(self, hosts=tuple(hosts), reports=(*self.reports, *reports))


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

NOTHING = Scene()
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
            "Current value: 88.00 % threshold (80.00 %) exceeded over last 5 minutes",
        ),
        Report(HOSTS[2], CONNECTION, "critical", _minutes(20), "No data."),
        Report(HOSTS[2], "PostgreSQL", "unknown", _minutes(19)),
    ),
    seen={(HOSTS[0], "SMART status"): "new disk is ordered"},
    silenced={HOSTS[2]: "patch night"},
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
