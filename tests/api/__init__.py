"""Tests of Bleemeo's API against a real server."""
