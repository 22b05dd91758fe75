"""Tests of reading a payload."""

from datetime import UTC, datetime
import json
from typing import Any

import pytest

from custom_components.bleemeo.core.alert import Alert, Source, Status
from custom_components.bleemeo.core.field import (
    MAX_NAME_LENGTH,
    MAX_TEXT_LENGTH,
    InvalidAlert,
)
from tests import ACCOUNT, AGENT, METRIC, a_day, documented, payload, without


def test_the_documented_payload_is_read_whole() -> None:
    """Every field that we use is read, with our types."""
    assert Alert.from_payload(documented()) == Alert(
        account_id=ACCOUNT,
        agent_id=AGENT,
        metric_id=METRIC,
        event_id="dbe276e4-4b47-48dd-8469-e3e358224178",
        status=Status.OK,
        status_text="OK",
        title="voip01.example.com - Pending system security updates is OK",
        text="Current value: 0.00",
        status_changed_at=datetime(2017, 3, 30, 13, 59, 19, tzinfo=UTC),
        previous_status_changed_at=datetime(2017, 3, 30, 13, 56, 19, tzinfo=UTC),
        happened_at=datetime(2017, 3, 30, 13, 59, 19, tzinfo=UTC),
        created_at=datetime(2017, 3, 30, 13, 59, 22, 268468, tzinfo=UTC),
        modified_at=datetime(2017, 3, 30, 14, 0, 35, 61088, tzinfo=UTC),
        changes_last_hour=2,
        source=Source.WEBHOOK,
    )


@pytest.mark.parametrize("alert", [documented(), *a_day()])
def test_an_alert_survives_being_written_down(alert: dict[str, Any]) -> None:
    """The journal reads back the same alert."""
    read = Alert.from_payload(alert)
    assert Alert.from_payload(json.loads(json.dumps(read.to_payload()))) == read


def test_only_what_is_required_is_needed() -> None:
    """Account, agent, status, title and a time are enough."""
    alert = Alert.from_payload(
        {
            "account": ACCOUNT,
            "agent": AGENT.upper(),
            "status": 3,
            "title": "Something",
            "happened_at": "2026-11-20T08:00:00+01:00",
        }
    )
    assert alert.key == (AGENT, None)
    assert alert.changed_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert alert.text is None


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "metric",
        "status_text",
        "text",
        "status_changed_at",
        "previous_status_changed_at",
        "created_at",
        "number_status_change_last_hour",
        "modified_at",
    ],
)
def test_an_optional_field_may_be_null_or_missing(field: str) -> None:
    """Both mean the same."""
    assert Alert.from_payload(payload(**{field: None})) == Alert.from_payload(
        without(payload(), field)
    )


def test_unknown_fields_are_ignored() -> None:
    """Bleemeo may add fields at any time."""
    assert Alert.from_payload(payload(severity={"a": [1]})) == Alert.from_payload(
        payload()
    )


@pytest.mark.parametrize(
    ("alert", "message"),
    [
        (without(payload(), "account"), "account: required"),
        (without(payload(), "agent"), "agent: required"),
        (without(payload(), "status"), "status: required"),
        (without(payload(), "title"), "title: required"),
        (payload(account=None), "account: expected a UUID"),
        (payload(agent="web01"), "agent: expected a UUID"),
        (payload(status=True), "status: expected 0, 1, 2 or 3"),
        (payload(status=1.5), "status: expected 0, 1, 2 or 3"),
        (payload(status="true"), "status: expected 0, 1, 2 or 3"),
        (payload(status=[2]), "status: expected 0, 1, 2 or 3"),
        (payload(status=10**30), "status: expected 0, 1, 2 or 3"),
        (payload(status=4), "status: expected 0, 1, 2 or 3"),
        (payload(status=-1), "status: expected 0, 1, 2 or 3"),
        (payload(title=["x"]), "title: expected a string"),
        (payload(title=" \n\x00"), "title: expected a title"),
        (
            without(
                payload(),
                "status_changed_at",
                "happened_at",
                "created_at",
                "modified_at",
            ),
            "status_changed_at: required without another time",
        ),
    ],
)
def test_the_path_of_a_wrong_field_is_named(
    alert: dict[str, Any], message: str
) -> None:
    """The message names the field and says what was expected."""
    with pytest.raises(InvalidAlert, match=f"^{message}"):
        Alert.from_payload(alert)


@pytest.mark.parametrize("value", [None, [], "alert", 5])
def test_what_is_no_object_is_no_alert(value: object) -> None:
    """Any decoded JSON may be passed."""
    with pytest.raises(InvalidAlert):
        Alert.from_payload(value)


def test_a_time_without_an_offset_is_in_utc() -> None:
    """Bleemeo writes Z, and means UTC without it."""
    alert = Alert.from_payload(payload(status_changed_at="2026-11-20T08:00:00"))
    assert alert.status_changed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_names_are_cut_to_one_line_of_what_home_assistant_takes() -> None:
    """Control characters and text direction changes become spaces."""
    alert = Alert.from_payload(payload(title=f"a\n\tb\x00c \u202ed{'é' * 500}"))
    assert alert.title.startswith("a b c dé")
    assert len(alert.title) == MAX_NAME_LENGTH


def test_a_joined_emoji_stays_whole() -> None:
    """Only harmful characters are removed."""
    assert Alert.from_payload(payload(title="👩‍💻 x")).title == "👩‍💻 x"


def test_a_long_text_is_cut() -> None:
    """The recorder stores at most 16 KiB of attributes."""
    alert = Alert.from_payload(payload(text="line\n" * 2000))
    assert alert.text == ("line\n" * 2000)[:MAX_TEXT_LENGTH]


def test_severity_rises_from_ok_over_unknown_and_warning_to_critical() -> None:
    """Roll-ups and changes use this order."""
    by_severity = sorted(Status, key=lambda status: status.severity)
    assert by_severity == [Status.OK, Status.UNKNOWN, Status.WARNING, Status.CRITICAL]


def test_order_is_that_of_the_change_then_that_of_the_modification() -> None:
    """The order of arrival does not matter."""
    first = payload(
        status_changed_at="2026-11-20T08:00:00Z", modified_at="2026-11-20T09:00:00Z"
    )
    changed_later = first | {
        "status_changed_at": "2026-11-20T08:00:01Z",
        "modified_at": None,
    }
    modified_later = first | {"modified_at": "2026-11-20T09:00:01Z"}
    in_order = [first, modified_later, changed_later]
    alerts = [Alert.from_payload(alert) for alert in reversed(in_order)]
    alerts.sort(key=lambda alert: alert.order)
    assert alerts == [Alert.from_payload(alert) for alert in in_order]


@pytest.mark.parametrize(
    ("told", "created", "modified", "counted"),
    [
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:03Z", None, "2026-11-20T08:00:00Z"),
        ("2026-11-20T09:00:00Z", "2026-11-20T08:00:03Z", None, "2026-11-20T08:00:03Z"),
        # this one moves, so it stands in only for one that is missing
        ("2026-11-20T09:00:00Z", "2026-11-20T08:00:03Z", "2026-11-20T10:00:00Z", None),
        ("2026-11-20T09:00:00Z", None, "2026-11-20T08:01:00Z", "2026-11-20T08:01:00Z"),
        ("2099-01-01T00:00:00Z", None, None, "2099-01-01T00:00:00Z"),
        # an agent that was offline tells later, and one without a clock tells anything
        ("2026-11-16T08:00:00Z", "2026-11-20T08:00:03Z", None, "2026-11-16T08:00:00Z"),
        ("2001-01-01T00:00:09Z", "2026-11-20T08:00:03Z", None, "2026-11-13T08:00:03Z"),
        ("2001-01-01T00:00:09Z", None, "2026-11-20T08:00:03Z", "2001-01-01T00:00:09Z"),
        # no time at all
        ("1970-01-01T00:00:09Z", "2026-11-20T08:00:03Z", None, "2026-11-20T08:00:03Z"),
        ("9999-12-31T23:59:59Z", None, "2026-11-20T08:00:03Z", "2026-11-20T08:00:03Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z", None, "2000-01-01T00:00:00Z"),
        ("2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z", None, "2099-12-31T23:59:59Z"),
    ],
)
def test_a_change_is_dated_by_its_agent_within_reason(
    told: str, created: str | None, modified: str | None, counted: str | None
) -> None:
    """Not later than Bleemeo's record of it, and not much earlier."""
    times = {"created_at": created, "modified_at": modified, "happened_at": told}
    alert = Alert.from_payload(payload(status_changed_at=told, **times))
    assert alert.changed_at == datetime.fromisoformat(counted or created or "")
    only = Alert.from_payload(payload(**times) | {"status_changed_at": None})
    assert only.changed_at == alert.changed_at


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", "", "expected a UUID"),
        ("id", 123, "expected a UUID"),
        ("status_text", 5, "expected a string"),
        ("status_text", ["OK"], "expected a string"),
        ("text", {"a": {"b": [1]}}, "expected a string"),
        ("previous_status_changed_at", "", "expected an ISO 8601 time"),
        ("previous_status_changed_at", True, "expected an ISO 8601 time"),
        ("happened_at", "yesterday", "expected an ISO 8601 time"),
        ("happened_at", "2026-11-20", "expected an ISO 8601 time"),
        ("modified_at", "0001-01-01T00:00:00+14:00", "expected an ISO 8601 time"),
        ("modified_at", "0001-01-01T00:00:00Z", "expected a time from 2000 to 2099"),
        ("modified_at", 0, "expected a time from 2000 to 2099"),
        ("modified_at", 10**400, "expected an ISO 8601 time"),
        ("created_at", -67768040609740801, "expected an ISO 8601 time"),
        ("modified_at", float("nan"), "expected an ISO 8601 time"),
        ("number_status_change_last_hour", -1, "expected a whole number"),
        ("number_status_change_last_hour", False, "expected a whole number"),
        ("number_status_change_last_hour", 2.5, "expected a whole number"),
        ("number_status_change_last_hour", "many", "expected a whole number"),
        ("number_status_change_last_hour", 10**30, "expected a whole number"),
        ("number_status_change_last_hour", float("inf"), "expected a whole number"),
    ],
)
def test_a_wrong_optional_field_is_left_out(
    field: str, value: object, reason: str
) -> None:
    """The alert is as if the field were missing, and says what was wrong."""
    alert = Alert.from_payload(payload(**{field: value}))
    assert alert == Alert.from_payload(without(payload(), field))
    assert list(alert.left_out) == [field]
    assert alert.left_out[field].startswith(reason)


@pytest.mark.parametrize(
    ("field", "value", "plain"),
    [
        ("status", 2.0, 2),
        ("status", "2", 2),
        ("status", "2.0", 2),
        ("status", " Critical ", 2),
        ("status", "ok", 0),
        ("number_status_change_last_hour", 2.0, 2),
        ("number_status_change_last_hour", "2", 2),
        ("number_status_change_last_hour", "2.0", 2),
        ("metric", "", None),
        ("metric", " ", None),
        ("metric", METRIC.upper(), METRIC),
        ("metric", f"{{{METRIC}}}", METRIC),
        ("metric", f" {METRIC}\n", METRIC),
        ("modified_at", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("modified_at", "2016-12-31T23:59:60.5+00:00", "2017-01-01T00:00:00.5Z"),
        ("modified_at", "2026-11-20T08:00:00z", "2026-11-20T08:00:00Z"),
        ("modified_at", " 2026-11-20t08:00:00z ", "2026-11-20T08:00:00Z"),
        ("modified_at", 1795852800, "2026-11-28T08:00:00Z"),
        ("modified_at", 1795852800.5, "2026-11-28T08:00:00.5Z"),
        ("modified_at", 1795852800000, "2026-11-28T08:00:00Z"),
        ("text", "a\ud800b", "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_what_a_value_clearly_means_is_read(
    field: str, value: object, plain: object
) -> None:
    """Nothing is left out then."""
    alert = Alert.from_payload(payload(**{field: value}))
    assert alert == Alert.from_payload(payload(**{field: plain}))
    assert alert.left_out == {}


@pytest.mark.parametrize("wrong", [5, "abc", "\ud800", 2.5, True, [], {"id": METRIC}])
def test_a_metric_without_a_uuid_is_a_metric_of_its_own(wrong: object) -> None:
    """It is not the agent's own status, nor another metric, and stays itself."""
    raised = Alert.from_payload(payload(metric=wrong, title="a - CPU is Critical"))
    assert raised.left_out == {"metric": "expected a UUID"}
    cleared = Alert.from_payload(payload(metric=wrong, title="a - CPU is OK"))
    other = Alert.from_payload(payload(metric=wrong, title="a - Disk is OK"))
    assert raised.metric_id == cleared.metric_id
    assert len({None, METRIC, raised.metric_id, other.metric_id}) == 4
    assert Alert.from_payload(raised.to_payload()) == raised


def test_wrong_metrics_of_two_agents_or_values_are_not_mixed_up() -> None:
    """Not even under one name."""
    keys = {
        Alert.from_payload(payload(metric=metric, agent=agent)).key
        for metric in (5, 6, "abc")
        for agent in (AGENT, METRIC)
    }
    assert len(keys) == 6


def test_without_any_time_that_of_arrival_counts() -> None:
    """It is kept, so that a restart finds the same."""
    fields = ("status_changed_at", "happened_at", "created_at", "modified_at")
    timeless = payload(**dict.fromkeys(fields, "soon"))
    arrived_at = datetime(2026, 11, 24, tzinfo=UTC)
    alert = Alert.from_payload(timeless, arrived_at=arrived_at)
    assert alert.changed_at == alert.arrived_at == arrived_at
    assert set(alert.left_out) == set(fields)
    assert Alert.from_payload(alert.to_payload()) == alert
    missing = Alert.from_payload(without(timeless, *fields), arrived_at=arrived_at)
    assert missing == alert
    assert missing.left_out == {"status_changed_at": "missing, as any other time"}


@pytest.mark.parametrize(
    "time", ["status_changed_at", "happened_at", "created_at", "modified_at"]
)
def test_any_time_of_bleemeos_is_better_than_that_of_arrival(time: str) -> None:
    """All are the same for each delivery of an alert."""
    fields = ("status_changed_at", "happened_at", "created_at", "modified_at")
    alert = Alert.from_payload(
        payload(**dict.fromkeys(fields, None) | {time: "2026-11-20T08:00:00Z"}),
        arrived_at=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert alert.changed_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert alert.arrived_at is None


def test_a_long_title_keeps_host_and_status() -> None:
    """Also when it is written down and read again."""
    alert = Alert.from_payload(payload(title=f"web01 - {'x' * 300} is Critical"))
    assert len(alert.title) == MAX_NAME_LENGTH
    assert alert.title.startswith("web01 - x")
    assert alert.title.endswith("x… is Critical")
    assert Alert.from_payload(alert.to_payload()) == alert
