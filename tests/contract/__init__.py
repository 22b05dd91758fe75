"""Contract tests: what people's automations and dashboards, and Bleemeo, rely on.

Names, ids, answers and files here stay as they are from release to release. Everything
expected is written out by hand: it is neither taken from the code under test nor a
snapshot, so no option of pytest updates it. To change an expectation is a decision: write
it down in docs/decisions/ and, once there has been a release, add a migration.
"""
