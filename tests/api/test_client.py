"""Tests of the client of Bleemeo's API, against a server on the loopback address."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
import time
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
from bleemeo import Client, Resource
from hypothesis import given, strategies as st
import pytest

from custom_components.bleemeo.api import client as module, server as server_module
from custom_components.bleemeo.api.client import AGENT_PATH, METRIC_PATH, ApiClient
from custom_components.bleemeo.api.errors import (
    ApiError,
    LoginRefused,
    ServiceAway,
    ServiceFailing,
    TokenNotKept,
    UnderMaintenance,
    UnexpectedAnswer,
    UnusableAnswer,
)
from custom_components.bleemeo.api.listing import (
    AGENT_FIELDS,
    METRIC_FIELDS,
    ListedMetric,
    Listing,
)
from custom_components.bleemeo.api.row import Page
from custom_components.bleemeo.api.server import DEFAULT_URL
from custom_components.bleemeo.api.tokens import CLIENT_ID, CLOSE_SECONDS
from custom_components.bleemeo.core.alert import Alert, Status
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from scripts.simulated_api import Account, Fault, SimulatedApi
from tests import ACCOUNT, AGENT, METRIC, OTHER_ACCOUNT

METRICS_PATH = "/v1/metric/"
TOKEN_PATH = "/o/token/"


class Tokens(list[str]):
    """All refresh tokens so far, the current one last, as if they were on disk."""

    def __init__(self, session: ClientSession, token: str) -> None:
        """Start with a token."""
        super().__init__([token])
        self.session = session
        self.is_full = False

    async def async_load(self) -> str:
        """Return the newest token."""
        return self[-1]

    async def async_save(self, token: str) -> None:
        """Keep a token, unless the disk is full."""
        if self.is_full:
            raise TokenNotKept("full")
        if token != self[-1]:
            self.append(token)

    def api(self, server: SimulatedApi, account_id: str = ACCOUNT) -> ApiClient:
        """Return an API client that starts with the current token."""
        return ApiClient(self.session, server.url, account_id, self)


@pytest.fixture
async def session(hass: HomeAssistant) -> ClientSession:
    """Return the session that all integrations share."""
    return async_get_clientsession(hass)


@pytest.fixture
async def tokens(bleemeo: SimulatedApi, session: ClientSession) -> Tokens:
    """Return the list of tokens, with one token so far."""
    return Tokens(session, bleemeo.log_in())


@pytest.fixture
async def api(bleemeo: SimulatedApi, tokens: Tokens) -> AsyncIterator[ApiClient]:
    """Return an API client of the account."""
    api = tokens.api(bleemeo)
    yield api
    await api.async_close()


def names(listing: Listing) -> dict[str, str]:
    """Return the names of agents by id."""
    return {uid: agent.name for uid, agent in listing.agents.items()}


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
    assert names(listing) == {AGENT: "web01"}
    shown = {
        metric.metric_id: (
            metric.real_name.name,
            metric.real_name.unit,
            metric.status,
            metric.text,
        )
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
async def test_what_is_inactive_is_left_out(
    api: ApiClient, account: Account, bleemeo: SimulatedApi, knows_filters: bool
) -> None:
    """It is not known whether the filter that excludes it works."""
    bleemeo.knows_filters = knows_filters
    account.add_metric(AGENT, "cpu_used")
    account.add_metric(AGENT, "gone", "critical", deactivated_at="2026-11-20T08:00:00Z")
    metrics = (await api.async_list()).metrics
    assert [each.real_name.name for each in metrics] == ["cpu_used"]


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
    assert list(names(await api.async_list()).values()) == ["mail01"]
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
    with pytest.raises(ServiceAway, match="HTTP 500"):
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
    """Only giving up the access revokes it."""
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


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '{"error": "invalid_grant"}', LoginRefused),
        (401, '{"error": "invalid_client"}', LoginRefused),
        (400, '{"error": "invalid_request"}', UnusableAnswer),
        (500, '{"error": "invalid_grant"}', ServiceFailing),
        (400, "<h1>Bad request</h1>", ServiceFailing),
        (401, "<h1>Log in to the proxy</h1>", ServiceFailing),
        (403, "<h1>Forbidden by the firewall</h1>", ServiceFailing),
        (403, '["invalid_grant"]', ServiceFailing),
        (401, '{"detail": "no"}', ServiceFailing),
        (503, "{}", ServiceFailing),
        (200, "<h1>Log in to the network</h1>", ServiceFailing),
    ],
)
async def test_only_an_oauth_error_in_json_is_a_refusal(
    api: ApiClient, bleemeo: SimulatedApi, status: int, body: str, kind: type[ApiError]
) -> None:
    """What stands between Home Assistant and Bleemeo says nothing about the token."""
    bleemeo.faults[TOKEN_PATH] = Fault(
        status=status, body=body, content_type="text/html"
    )
    with pytest.raises(ApiError) as error:
        await api.async_list()
    assert type(error.value) is kind
    assert (await api.async_list()).is_complete


@pytest.mark.parametrize("body", ["{}", "<h1>Log in</h1>"])
async def test_a_page_that_forbids_a_question_is_no_refusal_either(
    api: ApiClient, bleemeo: SimulatedApi, body: str
) -> None:
    """Even where it answers every token with 401."""
    bleemeo.faults[METRICS_PATH] = Fault(status=401, body=body, times=2)
    with pytest.raises(ServiceAway, match="HTTP 401"):
        await api.async_list()


async def test_a_pause_may_be_asked_for_at_the_login_too(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """It is no refusal."""
    bleemeo.faults[TOKEN_PATH] = Fault(status=429, headers={"Retry-After": "9"})
    with pytest.raises(ServiceAway) as error:
        await api.async_list()
    assert error.value.wait == 9


async def test_no_token_is_used_before_it_is_kept(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Nor is the old one given away where the new one could not be kept."""
    tokens.is_full = True
    with pytest.raises(TokenNotKept, match="full"):
        await api.async_list()
    assert bleemeo.requests == []
    tokens.is_full = False
    assert (await api.async_list()).is_complete


async def test_a_token_that_could_not_be_kept_is_kept_later(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """The disk may fill up just while the new one is on its way."""
    api = tokens.api(bleemeo)
    bleemeo.may_answer.clear()
    listing = asyncio.create_task(api.async_list())
    while len(bleemeo.refresh_tokens) != 1 or tokens[-1] in bleemeo.refresh_tokens:
        await asyncio.sleep(0.01)
    tokens.is_full = True
    bleemeo.may_answer.set()
    with pytest.raises(TokenNotKept, match="full"):
        await listing
    assert bleemeo.asked("/v1/agent/") == 0
    tokens.is_full = False
    await api.async_close()
    assert {tokens[-1]} == bleemeo.refresh_tokens


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
        patch.object(server_module, "MAX_CLOCK_DIFFERENCE", timedelta(days=9999)),
        pytest.raises(ServiceAway) as error,
    ):
        await api.async_list()
    assert error.value.wait == wait
    assert time.monotonic() - start < 5
    assert bleemeo.asked(METRICS_PATH) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (Fault(status=500), ServiceAway, "HTTP 500"),
        (Fault(status=403), UnusableAnswer, "HTTP 403"),
        (Fault(status=404), UnusableAnswer, "HTTP 404"),
        (Fault(status=400), UnusableAnswer, "HTTP 400"),
        (Fault(status=403, body="<h1>no</h1>"), ServiceAway, "HTTP 403"),
        (Fault(body="\n<h1>Log in</h1>"), ServiceAway, "HTTP 200, HTML"),
        (Fault(body='{"count": 1, "resu'), UnusableAnswer, "cannot be read"),
        (Fault(body="[" * 100_000), UnusableAnswer, "nested too deep"),
        (Fault(body='{"a":' * 100_000), UnusableAnswer, "nested too deep"),
        (Fault(body="[]"), UnusableAnswer, "no page"),
        (
            Fault(body='{"count": 1, "next": null, "results": [7]}'),
            UnusableAnswer,
            "id is no UUID",
        ),
        (
            Fault(body='{"count": true, "next": 7, "results": {}}'),
            UnusableAnswer,
            "no page",
        ),
        (
            Fault(headers={"Content-Encoding": "gzip"}),
            ServiceAway,
            "ClientPayloadError",
        ),
        (
            Fault(status=302, headers={"Location": "http://127.0.0.1:9/o/token/"}),
            UnusableAnswer,
            "HTTP 302",
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
        ({"current_status": None}, "most metrics have no status"),
    ],
)
async def test_an_odd_row_is_left_out_and_a_listing_of_odd_rows_refused(
    api: ApiClient, account: Account, change: dict[str, Any], message: str
) -> None:
    """Nothing is guessed."""
    uid = account.add_metric(AGENT, "cpu_used")
    account.metrics[uid] |= change
    with pytest.raises(UnusableAnswer, match=message):
        await api.async_list()
    for number in range(2):
        account.add_metric(AGENT, f"metric_{number}", "critical")
    listing = await api.async_list()
    told = [each for each in listing.metrics if each.status is Status.CRITICAL]
    assert len(told) == 2
    assert len(listing.metrics) + len(listing.odd) == 3
    assert listing.is_complete


async def test_rows_of_another_account_are_not_taken(
    api: ApiClient, account: Account
) -> None:
    """Whatever made Bleemeo send them."""
    account.add_metric(AGENT, "cpu_used")
    foreign = account.add_agent("mail01")
    account.agents[foreign]["account"] = OTHER_ACCOUNT
    account.add_metric(foreign, "cpu_used", "critical")
    account.add_metric(OTHER_ACCOUNT, "cpu_used", "critical")
    listing = await api.async_list()
    assert names(listing) == {AGENT: "web01"}
    assert [each.agent_id for each in listing.metrics] == [AGENT]


async def test_a_page_that_vanishes_is_read_again(
    api: ApiClient, account: Account
) -> None:
    """Metrics were removed while the list was read."""
    ids = [account.add_metric(AGENT, f"metric_{number}") for number in range(1001)]
    original = Page.from_answer

    def from_answer(answer: Any) -> Page:
        page = original(answer)
        if len(page.rows) == module.PAGE_SIZE and ids:
            del account.metrics[ids.pop()]
        return page

    with patch.object(Page, "from_answer", from_answer):
        listing = await api.async_list()
    assert len(listing.metrics) == 1000
    assert listing.is_complete


async def test_a_server_may_give_small_pages(
    api: ApiClient, account: Account, bleemeo: SimulatedApi
) -> None:
    """And need not say that a page is the last one."""
    bleemeo.largest_page = 25
    for number in range(260):
        account.add_metric(AGENT, f"metric_{number}")
    listing = await api.async_list()
    assert len(listing.metrics) == 260
    assert listing.is_complete
    assert module.MAX_PAGES * 25 > 20_000
    bleemeo.faults[METRICS_PATH] = Fault(body='{"count": 0, "results": []}')
    assert (await api.async_list()).is_complete


async def test_answers_are_compressed(
    api: ApiClient, account: Account, bleemeo: SimulatedApi
) -> None:
    """A fleet is a megabyte otherwise."""
    for number in range(1000):
        account.add_metric(AGENT, f"metric_{number}")
    await api.async_list()
    assert bleemeo.bytes_sent < 100_000


async def test_it_is_asked_as_bleemeos_own_client_asks(
    api: ApiClient, bleemeo: SimulatedApi, hass: HomeAssistant
) -> None:
    """With the same paths, and for the same application."""
    assert (Resource.AGENT.value, Resource.METRIC.value) == (
        AGENT_PATH[1:],
        METRIC_PATH[1:],
    )
    assert Client.DEFAULT_OAUTH_CLIENT_ID == CLIENT_ID
    assert Client.DEFAULT_ENDPOINT == DEFAULT_URL
    await api.async_list()

    def ask() -> dict[str, Any]:
        client = Client(
            api_url=bleemeo.url,
            account_id=ACCOUNT,
            username=bleemeo.username,
            password=bleemeo.password,
        )
        page: dict[str, Any] = client.get_page(
            Resource.AGENT, params={"fields": AGENT_FIELDS}
        ).json()
        client.logout()
        return page

    before = len(bleemeo.heads)
    page = await hass.async_add_executor_job(ask)
    assert page["count"] == 1
    ours, theirs = bleemeo.heads[:before], bleemeo.heads[before:]
    for path in (TOKEN_PATH, AGENT_PATH):
        [our], [their] = (
            [head for asked, head in heads if asked == path] for heads in (ours, theirs)
        )
        for name in ("Accept", "X-Bleemeo-Account", "X-Requested-With", "Content-Type"):
            if path == AGENT_PATH or name != "X-Bleemeo-Account":
                assert our.get(name) in {their.get(name), "application/json"}


async def test_an_answer_without_statuses_is_not_used(
    api: ApiClient, account: Account
) -> None:
    """Bleemeo does not document that statuses can be read."""
    del account.metrics[account.add_metric(AGENT, "cpu_used")]["current_status"]
    with pytest.raises(UnusableAnswer, match="no field current_status"):
        await api.async_list()


async def test_bleemeo_says_that_it_is_under_maintenance(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """Without a login; where it says nothing of that, it is asked as usual."""
    await api.async_check_maintenance()
    bleemeo.is_maintained = True
    with pytest.raises(UnderMaintenance):
        await api.async_check_maintenance()
    for fault in (Fault(status=404), Fault(body="[]"), Fault(body="<p>")):
        bleemeo.faults["/v1/info/"] = fault
        await api.async_check_maintenance()
    assert bleemeo.asked(TOKEN_PATH) == 0


async def test_what_does_not_matter_may_be_odd(
    api: ApiClient, account: Account
) -> None:
    """A status is used even if a name or a text is odd."""
    account.agents[AGENT] |= {
        "display_name": None,
        "fqdn": 7,
        "tags": [7, {"name": "odd", "tag_type": [1]}, {"name": "web", "tag_type": 1}],
    }
    account.add_metric(
        AGENT, "cpu_used", item=7, unit_text=[], status_descriptions="odd"
    )
    account.add_metric(AGENT, "mem_used", status_descriptions=[7, "fine"])
    listing = await api.async_list()
    assert names(listing) == {AGENT: AGENT[:8]}
    assert listing.agents[AGENT].tags == ("web",)
    assert [
        (each.real_name.name, each.real_name.unit, each.text)
        for each in listing.metrics
    ] == [
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
        alert, _ = metric.as_alert(ACCOUNT, host, metric.real_name.name)
        assert alert.status is metric.status
        kept = json.loads(json.dumps(alert.to_payload()))
        assert Alert.from_payload(kept, alert.source) == alert


async def test_a_server_that_stalls_is_left_alone_in_time(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """Nothing is waited for without end."""
    await api.async_list()
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    with (
        patch.object(server_module, "SILENCE_SECONDS", 0.2),
        pytest.raises(ServiceAway),
    ):
        await api.async_list()
    assert (await api.async_list()).is_complete


async def test_an_answer_that_drips_in_is_left_alone_in_time(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """Each drop would restart an ordinary timeout."""
    await api.async_list()
    bleemeo.faults[METRICS_PATH] = Fault(drips=True)
    with patch.object(server_module, "ANSWER_SECONDS", 0.3), pytest.raises(ServiceAway):
        await api.async_list()
    assert (await api.async_list()).is_complete


async def test_an_answer_that_is_too_large_is_not_read(
    api: ApiClient, bleemeo: SimulatedApi
) -> None:
    """It would fill the memory."""
    bleemeo.faults[METRICS_PATH] = Fault(body=" " * 20_000)
    with (
        patch.object(server_module, "MAX_ANSWER_SIZE", 10_000),
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


async def test_a_listing_that_takes_too_long_is_given_up(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """The next one does not wait for it."""
    bleemeo.faults[METRICS_PATH] = Fault(stalls=True)
    with (
        patch.object(module, "LIST_SECONDS", 0.3),
        pytest.raises(ServiceAway, match="too long"),
    ):
        await api.async_list()
    assert (await api.async_list()).is_complete
    assert {tokens[-1]} == bleemeo.refresh_tokens


@pytest.mark.parametrize("path", [TOKEN_PATH, "/v1/agent/"])
async def test_closing_does_not_wait_for_a_server_that_stalls(
    bleemeo: SimulatedApi, tokens: Tokens, path: str
) -> None:
    """Home Assistant always stops within seconds."""
    api = tokens.api(bleemeo)
    bleemeo.faults[path] = Fault(stalls=True)
    task = asyncio.create_task(api.async_list())
    await bleemeo.met_fault(path)
    task.cancel()
    start = time.monotonic()
    await api.async_close()
    took = time.monotonic() - start
    assert took < (CLOSE_SECONDS + 1 if path == TOKEN_PATH else 1)


async def test_closing_waits_for_a_token_that_is_about_to_come(
    bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """If it were lost, the user would have to log in again; no request follows it."""
    api = tokens.api(bleemeo)
    task = asyncio.create_task(api.async_list())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await api.async_close()
    assert {tokens[-1]} == bleemeo.refresh_tokens
    assert bleemeo.asked(METRICS_PATH) == 0
    with pytest.raises(ServiceAway, match="any more"):
        await api.async_list()


async def test_a_token_is_asked_for_once_where_several_need_it(
    api: ApiClient, bleemeo: SimulatedApi, tokens: Tokens
) -> None:
    """Also if the first to need it gives up."""
    task = asyncio.create_task(api.async_list())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(api.async_list(), api.async_list())
    assert len(tokens) == 2
    assert bleemeo.asked(TOKEN_PATH) == 1


async def test_a_server_that_is_not_there(
    session: ClientSession, tokens: Tokens
) -> None:
    """The message contains neither the address nor the token."""
    api = ApiClient(session, "http://127.0.0.1:9", ACCOUNT, tokens)
    with pytest.raises(ServiceAway, match=r"^ClientConnectorError$"):
        await api.async_list()
    await api.async_close()


async def test_what_is_gone_is_what_bleemeo_says_it_has_not(
    api: ApiClient, account: Account
) -> None:
    """Each object is asked for by its id."""
    there = account.add_metric(AGENT, "cpu_used")
    gone = {(METRIC_PATH, METRIC), (AGENT_PATH, OTHER_ACCOUNT)}
    asked = {(METRIC_PATH, there), (AGENT_PATH, AGENT), *gone}
    assert await api.async_find_gone(asked) == gone


@pytest.mark.parametrize(
    ("fault", "is_doubtful"),
    [
        (Fault(status=403), False),
        (Fault(status=404, body="<h1>Not found</h1>"), True),
        (Fault(status=502), True),
    ],
)
async def test_what_is_hidden_is_not_gone(
    api: ApiClient, bleemeo: SimulatedApi, fault: Fault, is_doubtful: bool
) -> None:
    """Nor is what only a proxy does not find."""
    bleemeo.faults[f"{METRICS_PATH}{METRIC}/"] = fault
    if is_doubtful:
        with pytest.raises(ServiceAway):
            await api.async_find_gone({(METRIC_PATH, METRIC)})
    else:
        assert await api.async_find_gone({(METRIC_PATH, METRIC)}) == set()
