"""The texts in the journal's columns: what memory has, as JSON, and as it is read again.

Times are written in UTC and in full, so that they sort as text, or else as microseconds.
"""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import batched
import json
from typing import Any

from ..core import (
    Acknowledgement,
    AcknowledgementEnd,
    AgentName,
    Course,
    History,
    MetricName,
    Quiet,
    Reason,
    Silence,
    Status,
    Step,
    Timeline,
    Title,
    ToldNames,
    Untold,
    microseconds,
    time_of,
)

encode = json.JSONEncoder(ensure_ascii=False).encode


def stamp(time: datetime) -> str:
    """Format a time in UTC so that the texts sort like the times."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")


def read_stamp(text: str) -> datetime:
    """Read a time; it is UTC, also where the offset was cut off."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def history_text(history: History) -> str:
    """Write a history."""
    return encode(
        [
            [_known_stamp(change) for change in history.changes],
            [[stamp(previous), stamp(told)] for previous, told in history.gaps],
            history.is_flapping,
        ]
    )


def read_history(text: str) -> History:
    """Read a history."""
    changes, gaps, is_flapping = json.loads(text)
    return History(
        tuple(map(read_stamp, changes)),
        tuple((read_stamp(previous), read_stamp(told)) for previous, told in gaps),
        is_flapping,
    )


def acknowledgement_text(acknowledgement: Acknowledgement) -> str:
    """Write an acknowledgement."""
    return encode(acknowledgement_as_json(acknowledgement))


def read_acknowledgement(text: str) -> Acknowledgement:
    """Read an acknowledgement."""
    return acknowledgement_from(json.loads(text))


def acknowledgement_as_json(acknowledgement: Acknowledgement) -> list[str | None]:
    """Return an acknowledgement in values of JSON."""
    return [
        stamp(acknowledgement.at),
        _stamp(acknowledgement.until),
        acknowledgement.comment,
        acknowledgement.user_id,
        acknowledgement.by,
        _stamp(acknowledgement.ended_at),
        acknowledgement.end,
    ]


def acknowledgement_from(kept: list[str | None]) -> Acknowledgement:
    """Return an acknowledgement of its values of JSON, of which the last may be missing."""
    at, until, comment, *rest = kept
    user_id, by, ended_at, end = rest or (None,) * 4
    if at is None:
        raise ValueError("an acknowledgement without a time")
    return Acknowledgement(
        read_stamp(at),
        _read_stamp(until),
        comment,
        user_id,
        by,
        _read_stamp(ended_at),
        AcknowledgementEnd(end) if end else None,
    )


def course_text(course: Course) -> str:
    """Write a course."""
    timeline = course.timeline
    rest = encode(
        [
            timeline.known_since and microseconds(timeline.known_since),
            [
                [
                    quiet.reason,
                    microseconds(quiet.since),
                    quiet.until and microseconds(quiet.until),
                ]
                for quiet in course.quiets
            ],
            [acknowledgement_as_json(each) for each in course.past_acknowledgements],
        ]
    )
    # each step has its text already
    return f"[[{','.join([step.text for step in timeline.steps])}],{rest[1:]}"


def read_course(text: str) -> Course:
    """Read a course."""
    numbers, known_since, quiets, acknowledgements = json.loads(text)
    if numbers and isinstance(numbers[0], list):
        # an earlier version wrote a list a step, and the ranks as times
        steps = [
            (at, status, told - at, last - at) for at, status, told, last in numbers
        ]
    else:
        steps = list(batched(numbers, 4, strict=True))
    return Course(
        Timeline(
            tuple(
                Step(
                    time_of(at),
                    Status(status),
                    (time_of(at + told), time_of(at + last)),
                )
                for at, status, told, last in steps
            ),
            None if known_since is None else time_of(known_since),
        ),
        tuple(
            Quiet(
                Reason(reason),
                time_of(since),
                None if until is None else time_of(until),
            )
            for reason, since, until in quiets
        ),
        tuple(map(acknowledgement_from, acknowledgements)),
    )


def silence_text(silence: Silence) -> str:
    """Write a silence, but for its id."""
    return encode(
        {
            "begins_at": stamp(silence.begins_at),
            "ends_at": _stamp(silence.ends_at),
            "subjects": sorted(silence.subjects),
            "areas": sorted(silence.areas),
            "labels": sorted(silence.labels),
            "comment": silence.comment,
            "user_id": silence.user_id,
            "by": silence.by,
            "has_begun": silence.has_begun,
            "is_past": silence.is_past,
        }
    )


def read_silence(silence_id: str, text: str) -> Silence:
    """Read a silence."""
    kept = json.loads(text)
    return Silence(
        id=silence_id,
        begins_at=read_stamp(kept["begins_at"]),
        ends_at=_read_stamp(kept["ends_at"]),
        subjects=frozenset(kept["subjects"]),
        areas=frozenset(kept["areas"]),
        labels=frozenset(kept["labels"]),
        comment=kept["comment"],
        user_id=kept["user_id"],
        by=kept["by"],
        has_begun=kept.get("has_begun", False),
        is_past=kept.get("is_past", False),
    )


def names_text(names: ToldNames) -> str:
    """Write names that titles told."""
    kept: dict[str, Any] = {}
    if agent := names.agent:
        kept["host"], kept["changes_back"] = agent.host, agent.changes_back
        kept["told"] = {
            host: [is_sure, stamp(told_at)]
            for host, (is_sure, told_at) in agent.told.items()
        }
    if metric := names.metric:
        title = metric.title
        kept["metric"] = [title.subject, title.has_status, stamp(metric.told_at)]
    return encode(kept)


def read_names(text: str) -> ToldNames:
    """Read names that titles told."""
    kept = json.loads(text)
    agent = metric = None
    if "told" in kept:
        told = {
            host: (is_sure, read_stamp(told_at))
            for host, (is_sure, told_at) in kept["told"].items()
        }
        agent = AgentName(kept["host"], told, kept["changes_back"])
    if "metric" in kept:
        subject, has_status, told_at = kept["metric"]
        metric = MetricName(Title.of_subject(subject, has_status), read_stamp(told_at))
    return ToldNames(agent, metric)


def untold_text(untold: tuple[Untold, ...]) -> str:
    """Write changes that are still to be announced."""
    return encode(
        [
            [each.number, each.data, _stamp(each.at), each.is_forgotten]
            for each in untold
        ]
    )


def read_untold(text: str) -> tuple[Untold, ...]:
    """Read changes that are still to be announced, also those without a time."""
    found = []
    for number, data, *rest in json.loads(text):
        at, is_forgotten = (*rest, None, False)[:2]
        untold = Untold(int(number), dict(data), _read_stamp(at), bool(is_forgotten))
        found.append(untold)
    return tuple(found)


@lru_cache(4096)
def _known_stamp(time: datetime) -> str:
    """Format the time of a change, which is written with each of the next ones too."""
    return stamp(time)


def _stamp(time: datetime | None) -> str | None:
    return None if time is None else stamp(time)


def _read_stamp(text: str | None) -> datetime | None:
    return None if text is None else read_stamp(text)
