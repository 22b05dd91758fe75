"""Tests of Bleemeo's own client behind `api`, against a server on the loopback address."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
import threading
import time
from typing import Any
from unittest.mock import patch

from bleemeo import Resource
from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.api import client as module, transport
from custom_components.bleemeo.api.client import ApiClient, async_log_in
from custom_components.bleemeo.api.errors import (
    ApiError,
    LoginRefused,
    ServiceAway,
    UnexpectedAnswer,
    UnusableAnswer,
)
from custom_components.bleemeo.api.listing import METRIC_FIELDS, ListedMetric, Page
from custom_components.bleemeo.core.alert import Alert, Status
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import ACCOUNT, AGENT, METRIC, OTHER_ACCOUNT

METRICS_PATH = "/v1/metric/"
TOKEN_PATH = "/o/token/"


class Tokens(list[str]):
    """All refresh tokens so far, the current one last."""

    def api(self, server: SimulatedApi, account_id: str = ACCOUNT) -> ApiClient:
        """Return an API client that starts with the current token."""
        return ApiClient(server.url, account_id, lambda: self[-1], self.append)


@pytest.fixture
def tokens(bleemeo: SimulatedApi) -> Tokens:
    """Return the list of tokens, with one token so far."""
    return Tokens([bleemeo.log_in()])


@pytest.fixture
async def api(bleemeo: SimulatedApi, tokens: Tokens) -> AsyncIterator[ApiClient]:
    """Return an API client of the account."""
    api = tokens.api(bleemeo)
    yield api
    await api.async_close()


async def test_the_listing_has_agents_and_active_metrics(
    api: ApiClient, account: Account
) -> None:
    """With the names that users know, units, and texts."""
    account.add_metric(AGENT, "cpu_used", uid=METRIC, unit_text="%")
    disk = account.add_metric(
        AGENT,
        "disk_used_perc",
        "critical",
        item="/home",
        status_descriptions=["Current value: 99.00", "and so on"],
    )
    account.add_metric(AGENT, "gone", deactivated_at="2026-11-20T08:00:00Z")
    listing = await api.async_list()
    assert listing.is_complete
    assert listing.agents == {AGENT: "web01"}
    shown = {
        metric.metric_id: (metric.name, metric.unit, metric.status, metric.text)
        for metric in listing.metrics
    }
    assert shown == {
        METRIC: ("cpu_used", "%", Status.OK, None),
        disk: (
            "disk_used_perc (/home)",
            None,
            Status.CRITICAL,
            "Current value: 99.00\nand so on",
        ),
    }


@pytest.mark.parametrize("knows_filters", [False, True])
async def test_what_is_inactive_has_no_status(
    api: ApiClient, account: Account, bleemeo: SimulatedApi, knows_filters: bool
) -> None:
    """It is not known whether the filter that excludes it works."""
    bleemeo.knows_filters = knows_filters
    account.add_metric(AGENT, "cpu_used")
    account.add_metric(AGENT, "gone", "critical", deactivated_at="2026-11-20T08:00:00Z")
    metrics = (await api.async_list()).metrics
    assert [each.status for each in metrics if each.name == "gone"] == (
        [] if knows_filters else [None]
    )


async def test_only_needed_fields_are_asked_for_page_by_page(
    api: ApiClient, account: Account, bleemeo: SimulatedApi
) -> None:
    """All requests use one connection."""
    for number in range(2500):
        account.add_metric(AGENT, f"metric_{number}")
    listing = await api.async_list()
    assert len(listing.metrics) == 2500
    assert listing.is_complete
    assert bleemeo.requests == [
        (TOKEN_PATH, 200),
        ("/v1/agent/", 200),
        *[(METRICS_PATH, 200)] * 3,
    ]
    assert len(bleemeo.connections) == 1


async def test_a_list_that_moved_while_it_was_read_is_not_complete(
    api: ApiClient, account: Account
) -> None:
    """Rows can be missed between pages."""
    ids = [account.add_metric(AGENT, f"metric_{number}") for number in range(1500)]
    original = Page.from_answer

    def from_answer(answer: Any) -> Page:
        page = original(answer)
        if len(page.rows) == module.PAGE_SIZE:
            del account.metrics[ids[0]]
        return page

    with patch.object(Page, "from_answer", from_answer):
        listing = await api.async_list()
    # a deletion moved the first row of the second page to the first page
    assert len(listing.metrics) == 1499
    assert not listing.is_complete


async def test_each_account_has_its_own_list(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """A login may have several accounts."""
    other = bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    other.add_agent("mail01")
    api = tokens.api(bleemeo, OTHER_ACCOUNT)
    assert list((await api.async_list()).agents.values()) == ["mail01"]
    await api.async_close()


async def test_what_is_read_is_dated_to_before_it_was_looked_up(
    api: ApiClient, account: Account, bleemeo: SimulatedApi
) -> None:
    """By Bleemeo's clock, so that the local one does not matter."""
    account.add_metric(AGENT, "cpu_used")
    bleemeo.clock = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    (metric,) = (await api.async_list()).metrics
    assert metric.as_of == bleemeo.clock


async def test_a_clock_that_cannot_be_right_is_not_believed(
    api: ApiClient, account: Account, bleemeo: SimulatedApi
) -> None:
    """No alert could overtake a status from the future."""
    account.add_metric(AGENT, "cpu_used")
    bleemeo.clock = datetime.now(UTC) + timedelta(days=3000)
    (metric,) = (await api.async_list()).metrics
    assert abs(metric.as_of - dt_util.utcnow()) < timedelta(minutes=1)


async def test_a_rotated_token_is_told_of_at_once(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Even if the request itself fails."""
    bleemeo.faults["/v1/agent/"] = Fault(status=500)
    with pytest.raises(ServiceAway, match="status 500"):
        await api.async_list()
    assert len(tokens) == 2
    assert {tokens[-1]} == bleemeo.refresh_tokens
    await api.async_list()
    # the access token is good for more than one request
    assert len(tokens) == 2


async def test_an_expired_token_is_renewed_on_the_way(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Always with the newest refresh token."""
    for _ in range(3):
        await api.async_list()
        bleemeo.expire()
    assert len(tokens) == 4
    assert {tokens[-1]} == bleemeo.refresh_tokens


async def test_closing_keeps_the_token_valid(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """The client's logout would revoke it."""
    for _ in range(2):
        api = tokens.api(bleemeo)
        await api.async_list()
        await api.async_close()
    assert bleemeo.refresh_tokens == {tokens[-1]}


async def test_revoking_makes_the_token_worthless(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """For anyone who has a copy."""
    await api.async_list()
    await api.async_revoke()
    assert not bleemeo.refresh_tokens


async def test_a_refused_token_is_told_from_a_service_that_is_away(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """The client raises the same exception for both."""
    bleemeo.faults[TOKEN_PATH] = Fault(status=503)
    with pytest.raises(ServiceAway, match="status 503"):
        await api.async_list()
    bleemeo.faults[TOKEN_PATH] = Fault(status=429, headers={"Retry-After": "9"})
    with pytest.raises(ServiceAway) as error:
        await api.async_list()
    assert error.value.wait == 9
    bleemeo.refresh_tokens.clear()
    with pytest.raises(LoginRefused):
        await api.async_list()


async def test_a_newer_token_of_ours_is_tried_before_the_login_counts_as_refused(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """A request from before a reload may still receive one."""
    api = tokens.api(bleemeo)
    await api.async_list()
    bleemeo.expire()
    bleemeo.refresh_tokens.clear()
    tokens.append(bleemeo.log_in())
    await api.async_list()
    await api.async_close()


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("7", 7),
        ("0", 0),
        ("Tue, 24 Nov 2026 20:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 19:00:00 GMT", 0),
        ("soon", 60),
        ("-5", 60),
        ("999999999999", 24 * 3600),
    ],
)
async def test_a_pause_is_told_of_and_not_slept(
    api: ApiClient, bleemeo: SimulatedApi, retry_after: str, wait: int
) -> None:
    """In every form of `Retry-After`."""
    await api.async_list()
    now = datetime(2026, 11, 24, 20, tzinfo=UTC)
    bleemeo.clock = now
    bleemeo.faults[METRICS_PATH] = Fault(
        status=429, headers={"Retry-After": retry_after}
    )
    start = time.monotonic()
    with (
        patch.object(transport, "MAX_CLOCK_DIFFERENCE", timedelta(days=9999)),
        pytest.raises(ServiceAway) as error,
    ):
        await api.async_list()
    assert error.value.wait == wait
    assert time.monotonic() - start < 5
    assert bleemeo.asked(METRICS_PATH) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (Fault(status=500), ServiceAway, "status 500"),
        (Fault(status=403), UnusableAnswer, "status 403"),
        (Fault(status=404), UnusableAnswer, "status 404"),
        (Fault(status=400), UnusableAnswer, "status 400"),
        (Fault(body='{"count": 1, "resu'), UnusableAnswer, "cannot be read"),
        (Fault(body="[]"), UnusableAnswer, "no page"),
        (
            Fault(body='{"count": 1, "next": null, "results": [7]}'),
            UnusableAnswer,
            "no page",
        ),
        (
            Fault(body='{"count": true, "next": 7, "results": {}}'),
            UnusableAnswer,
            "no page",
        ),
        (Fault(headers={"Content-Encoding": "gzip"}), ServiceAway, "no answer"),
        (
            Fault(status=302, headers={"Location": "http://127.0.0.1:9/o/token/"}),
            UnusableAnswer,
            "another server",
        ),
    ],
)
async def test_an_odd_answer_is_named(
    api: ApiClient,
    bleemeo: SimulatedApi,
    fault: Fault,
    kind: type[ApiError],
    message: str,
) -> None:
    """It raises nothing but an ApiError."""
    bleemeo.faults[METRICS_PATH] = fault
    with pytest.raises(kind, match=message):
        await api.async_list()
    fault.times = 0
    assert (await api.async_list()).is_complete


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": 7}, "id is no UUID"),
        ({"id": None}, "id is no UUID"),
        ({"agent": "web01"}, "agent is no UUID"),
        ({"label": ""}, "no label"),
        ({"label": None}, "no label"),
        ({"status_of": "cpu"}, "status_of is no UUID"),
        ({"current_status": "critical"}, "not 0, 1, 2 or 3"),
        ({"current_status": True}, "not 0, 1, 2 or 3"),
        ({"current_status": 4}, "not 0, 1, 2 or 3"),
        ({"current_status": None}, "no metric has a status"),
    ],
)
async def test_a_row_of_wrong_types_spoils_the_listing(
    api: ApiClient, account: Account, change: dict[str, Any], message: str
) -> None:
    """Nothing is guessed."""
    uid = account.add_metric(AGENT, "cpu_used")
    account.metrics[uid] |= change
    with pytest.raises(UnusableAnswer, match=message):
        await api.async_list()


async def test_an_answer_without_statuses_is_not_used(
    api: ApiClient, account: Account
) -> None:
    """Bleemeo does not document that statuses can be read."""
    del account.metrics[account.add_metric(AGENT, "cpu_used")]["current_status"]
    with pytest.raises(UnusableAnswer, match="no field current_status"):
        await api.async_list()


async def test_what_does_not_matter_may_be_odd(
    api: ApiClient, account: Account
) -> None:
    """A status is used even if a name or a text is odd."""
    account.agents[AGENT] = {"id": AGENT, "display_name": None, "fqdn": 7}
    account.add_metric(
        AGENT, "cpu_used", item=7, unit_text=[], status_descriptions="odd"
    )
    account.add_metric(AGENT, "mem_used", status_descriptions=[7, "fine"])
    listing = await api.async_list()
    assert listing.agents == {AGENT: AGENT[:8]}
    assert [(each.name, each.unit, each.text) for each in listing.metrics] == [
        ("cpu_used", None, None),
        ("mem_used", None, "fine"),
    ]


TEXT = st.text(st.characters(exclude_categories=[]))
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 4),
    TEXT,
    st.lists(TEXT),
    st.just(AGENT),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(METRIC_FIELDS.split(","), ANY)))
def test_any_row_is_read_or_refused(odd: dict[str, Any]) -> None:
    """What can be read becomes an alert that can be kept."""
    host = "web01"
    row = {"id": METRIC, "agent": AGENT, "label": "cpu", "current_status": 2} | odd
    try:
        metric = ListedMetric.from_row(row, datetime.now(UTC))
    except UnexpectedAnswer:
        return
    if metric.status is not None:
        alert, _ = metric.as_alert(ACCOUNT, host, metric.name)
        assert alert.status is metric.status
        kept = json.loads(json.dumps(alert.to_payload()))
        assert Alert.from_payload(kept, alert.source) == alert


async def test_a_server_that_stalls_is_left_alone_in_time(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """The client itself has no timeout for such requests."""
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    with patch.object(transport, "SILENCE_SECONDS", 0.2), pytest.raises(ServiceAway):
        await api.async_list()
    assert (await api.async_list()).is_complete


async def test_an_answer_that_drips_in_is_left_alone_in_time(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """Each drop would restart an ordinary timeout."""
    bleemeo.faults[METRICS_PATH] = Fault(drips=True)
    with patch.object(transport, "ANSWER_SECONDS", 0.3), pytest.raises(ServiceAway):
        await api.async_list()
    assert (await api.async_list()).is_complete


async def test_an_answer_that_is_too_large_is_not_read(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """It would fill the memory."""
    bleemeo.faults[METRICS_PATH] = Fault(body=" " * 20_000)
    with (
        patch.object(transport, "MAX_ANSWER_SIZE", 10_000),
        pytest.raises(UnusableAnswer, match="more than 10000 bytes"),
    ):
        await api.async_list()


async def test_a_list_without_end_is_not_followed(
    api: ApiClient, account: Account
) -> None:
    """It could be followed forever."""
    for number in range(3000):
        account.add_metric(AGENT, f"metric_{number}")
    with (
        patch.object(module, "MAX_PAGES", 2),
        pytest.raises(UnusableAnswer, match="more than 2 pages"),
    ):
        await api.async_list()


async def test_a_job_that_takes_too_long_is_given_up(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """The next job neither waits for it nor uses its connection."""
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    with (
        patch.object(module, "JOB_SECONDS", 0.3),
        pytest.raises(ServiceAway, match="too long"),
    ):
        await api.async_list()
    assert (await api.async_list()).is_complete
    assert {tokens[-1]} == bleemeo.refresh_tokens


async def test_closing_does_not_wait_for_a_server_that_stalls(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Home Assistant always stops within seconds."""
    api = tokens.api(bleemeo)
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    task = asyncio.create_task(api.async_list())
    while not bleemeo.asked("/v1/agent/"):
        await asyncio.sleep(0.01)
    task.cancel()
    start = time.monotonic()
    await api.async_close()
    assert time.monotonic() - start < 5
    assert all(
        thread.daemon
        for thread in threading.enumerate()
        if thread.name == "bleemeo_api"
    )


async def test_closing_waits_for_a_token_that_is_about_to_come(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """If it were lost, the user would have to log in again; no request follows it."""
    api = tokens.api(bleemeo)
    task = asyncio.create_task(api.async_list())
    await asyncio.sleep(0)
    task.cancel()
    await api.async_close()
    await asyncio.sleep(0)
    assert {tokens[-1]} == bleemeo.refresh_tokens
    assert bleemeo.asked(METRICS_PATH) == 0
    with pytest.raises(ServiceAway, match="any more"):
        await api.async_list()


async def test_a_question_waits_for_the_one_before_it(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Even if nobody waits for that one any more: a client is for one thread."""
    task = asyncio.create_task(api.async_list())
    await asyncio.sleep(0)
    task.cancel()
    await api.async_list()
    assert len(tokens) == 2
    assert [path for path, _ in bleemeo.requests[:3]] == [
        TOKEN_PATH,
        "/v1/agent/",
        METRICS_PATH,
    ]


async def test_a_server_that_is_not_there(
    tokens: Tokens, bleemeo: SimulatedApi
) -> None:
    """The message contains neither the address nor the token."""
    api = ApiClient("http://127.0.0.1:9", ACCOUNT, lambda: tokens[-1], tokens.append)
    with pytest.raises(ServiceAway, match=r"^no answer \(ConnectionError\)$"):
        await api.async_list()
    await api.async_close()


async def test_what_is_gone_is_what_bleemeo_says_it_has_not(
    api: ApiClient, account: Account
) -> None:
    """Each object is asked for by its id."""
    there = account.add_metric(AGENT, "cpu_used")
    gone = {(Resource.METRIC, METRIC), (Resource.AGENT, OTHER_ACCOUNT)}
    asked = {(Resource.METRIC, there), (Resource.AGENT, AGENT), *gone}
    assert await api.async_find_gone(asked) == gone


async def test_a_login_has_accounts(bleemeo: SimulatedApi) -> None:
    """If it may not list them, the accounts of its agents are used."""
    bleemeo.accounts[OTHER_ACCOUNT] = Account("Other")
    login = await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
    assert login.accounts == {ACCOUNT: "Servers", OTHER_ACCOUNT: "Other"}
    assert {login.refresh_token} == bleemeo.refresh_tokens
    bleemeo.lists_accounts = False
    login = await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
    assert login.accounts == {ACCOUNT: ACCOUNT}


async def test_a_login_that_comes_to_nothing(bleemeo: SimulatedApi) -> None:
    """Each reason has its own error."""
    with pytest.raises(LoginRefused):
        await async_log_in(bleemeo.url, bleemeo.username, "wrong")
    bleemeo.faults["/v1/account/"] = Fault(status=429, headers={"Retry-After": "5"})
    with pytest.raises(ServiceAway) as error:
        await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
    assert error.value.wait == 5
    bleemeo.faults[TOKEN_PATH] = Fault(body='{"access_token": "a"}')
    with pytest.raises(UnusableAnswer, match="refresh_token"):
        await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
    bleemeo.accounts.clear()
    with pytest.raises(UnusableAnswer, match="no account"):
        await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
    bleemeo.faults[TOKEN_PATH] = Fault(stalls=True)
    with (
        patch.object(module, "LOGIN_SECONDS", 0.2),
        pytest.raises(ServiceAway, match="too long"),
    ):
        await async_log_in(bleemeo.url, bleemeo.username, bleemeo.password)
