"""The core, in plain Python: what an alert says, and what another one changes.

`Alert` reads what Bleemeo sends, `Board` judges it and has the present state. Nothing
here imports Home Assistant, does I/O, or reads a clock.
"""

from .alert import MAX_NAME_LENGTH, Alert, InvalidAlert, MetricKey, Source, Status
from .board import (
    AGENT_STATUS,
    DEFAULT_FLAPPING_THRESHOLD,
    Board,
    Change,
    Judgement,
    Verdict,
)
from .metric import Acknowledgement, Agent, Metric, RealName, Untold
from .title import Title

__all__ = [
    "AGENT_STATUS",
    "DEFAULT_FLAPPING_THRESHOLD",
    "MAX_NAME_LENGTH",
    "Acknowledgement",
    "Agent",
    "Alert",
    "Board",
    "Change",
    "InvalidAlert",
    "Judgement",
    "Metric",
    "MetricKey",
    "RealName",
    "Source",
    "Status",
    "Title",
    "Untold",
    "Verdict",
]
