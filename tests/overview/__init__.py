"""Tests of accounts, servers and incidents in a window of time."""
