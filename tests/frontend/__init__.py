"""Tests of what the integration adds to the frontend."""
