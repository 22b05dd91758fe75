"""Tests of the journal: real files."""
