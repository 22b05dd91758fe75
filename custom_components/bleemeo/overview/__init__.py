"""Accounts, servers and incidents in a window of time, as people and dashboards see them."""

from .feed import Feed, Scope
from .registered import async_is_server
from .summary import Overview
from .window import IncidentWindow

__all__ = ["Feed", "IncidentWindow", "Overview", "Scope", "async_is_server"]
