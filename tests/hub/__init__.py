"""Tests of the hub, in a real Home Assistant."""
