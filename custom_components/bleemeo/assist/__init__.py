"""Assistants: what they may be told of, and what the built-in one answers."""

from .audience import Audience
from .exposure import Exposed
from .voice import async_setup_voice

__all__ = ["Audience", "Exposed", "async_setup_voice"]
