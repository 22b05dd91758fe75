"""The core, in plain Python: what an alert says, and what another one changes.

`Alert` reads what Bleemeo sends, `Board` judges it and has the present state. Nothing
here imports Home Assistant, does I/O, or reads a clock.
"""

from .alert import Alert, MetricKey, Source, Status
from .board import (
    AGENT_STATUS,
    DEFAULT_FLAPPING_THRESHOLD,
    Board,
    Change,
    Judgement,
    Verdict,
)
from .body import decode_body, read_json
from .field import MAX_NAME_LENGTH, InvalidAlert
from .history import NO_HISTORY, History
from .metric import Acknowledgement, Agent, AgentProfile, Metric, RealName, Untold
from .naming import AgentName, MetricName, ToldNames
from .title import Title

__all__ = [
    "AGENT_STATUS",
    "DEFAULT_FLAPPING_THRESHOLD",
    "MAX_NAME_LENGTH",
    "NO_HISTORY",
    "Acknowledgement",
    "Agent",
    "AgentName",
    "AgentProfile",
    "Alert",
    "Board",
    "Change",
    "History",
    "InvalidAlert",
    "Judgement",
    "Metric",
    "MetricKey",
    "MetricName",
    "RealName",
    "Source",
    "Status",
    "Title",
    "ToldNames",
    "Untold",
    "Verdict",
    "decode_body",
    "read_json",
]
