"""The core, in plain Python: what an alert says, and what another one changes.

`Alert` reads what Bleemeo sends, `Board` judges it and has the present state. Nothing
here imports Home Assistant, does I/O, or reads a clock.
"""

from .alert import (
    KEY_ARRIVED_AT,
    MAX_CLOCK_LEAD,
    STATUS_WORDS,
    Alert,
    MetricKey,
    Source,
    Status,
)
from .attention import Quiet, Reason
from .board import DEFAULT_FLAPPING_THRESHOLD, Board
from .body import decode_body, read_json
from .field import MAX_NAME_LENGTH, InvalidAlert, read_string
from .history import NO_HISTORY, History
from .incident import Incident, Step, Timeline, microseconds, time_of
from .judgement import Change, Judgement, Received, Verdict
from .markup import Markdown, as_markdown
from .metric import (
    AGENT_STATUS,
    Acknowledgement,
    AcknowledgementEnd,
    Agent,
    Course,
    Metric,
    Rollup,
    Untold,
    metric_uid,
)
from .naming import AgentName, MetricName, ToldNames
from .profile import WEBSITE, AgentProfile, RealName, Service
from .quieter import Places
from .silence import Silence
from .telling import NOTHING, OPEN, Left, Reached, Rule, Told, Unattended
from .title import Title
from .uptime import uptime
from .wanted import AlertRecord, LastRun, Wanted

__all__ = [
    "AGENT_STATUS",
    "DEFAULT_FLAPPING_THRESHOLD",
    "KEY_ARRIVED_AT",
    "MAX_CLOCK_LEAD",
    "MAX_NAME_LENGTH",
    "NOTHING",
    "NO_HISTORY",
    "OPEN",
    "STATUS_WORDS",
    "WEBSITE",
    "Acknowledgement",
    "AcknowledgementEnd",
    "Agent",
    "AgentName",
    "AgentProfile",
    "Alert",
    "AlertRecord",
    "Board",
    "Change",
    "Course",
    "History",
    "Incident",
    "InvalidAlert",
    "Judgement",
    "LastRun",
    "Left",
    "Markdown",
    "Metric",
    "MetricKey",
    "MetricName",
    "Places",
    "Quiet",
    "Reached",
    "RealName",
    "Reason",
    "Received",
    "Rollup",
    "Rule",
    "Service",
    "Silence",
    "Source",
    "Status",
    "Step",
    "Timeline",
    "Title",
    "Told",
    "ToldNames",
    "Unattended",
    "Untold",
    "Verdict",
    "Wanted",
    "as_markdown",
    "decode_body",
    "metric_uid",
    "microseconds",
    "read_json",
    "read_string",
    "time_of",
    "uptime",
]
