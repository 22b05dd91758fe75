"""Tests of the core: plain Python."""
