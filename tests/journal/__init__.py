"""Tests of the journal, with real files."""
