"""Tests of Bleemeo's API, by a real server."""
