"""Assistants: what they may be told of, and what the built-in one answers."""

from .exposure import Exposed, spoken_names
from .voice import async_setup_voice

__all__ = ["Exposed", "async_setup_voice", "spoken_names"]
