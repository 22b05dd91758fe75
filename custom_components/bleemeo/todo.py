"""The open alerts as a to-do list: to tick one off is to acknowledge it."""

from typing import override

from homeassistant.components.todo import (
    TodoItem,
    TodoItemStatus,
    TodoListEntity,
    TodoListEntityFeature,
)
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .caller import async_check_control, async_get_name
from .const import DOMAIN, KEY_OPEN_ALERTS
from .core import Acknowledgement, Metric, as_markdown
from .entity import BleemeoEntity, async_writer
from .headline import async_headline
from .hub import MakeContext
from .kept import async_kept
from .models import BleemeoConfigEntry, BleemeoData

PARALLEL_UPDATES = 0

OPEN_ALERTS = EntityDescription(
    key=KEY_OPEN_ALERTS,
    translation_key="open_alerts",
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BleemeoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the account's list."""
    async_add_entities([BleemeoTodoList(entry.runtime_data)])


class BleemeoTodoList(BleemeoEntity, TodoListEntity):
    """The alerts that need attention and, as completed, those that somebody has seen."""

    _attr_supported_features = TodoListEntityFeature.UPDATE_TODO_ITEM
    _writer: Debouncer[None]

    def __init__(self, data: BleemeoData) -> None:
        """Add a list to the account's device."""
        super().__init__(data.hub, data.hub, OPEN_ALERTS)
        self._data = data

    @override
    async def async_added_to_hass(self) -> None:
        """Follow all alerts of the account."""
        self._writer = async_writer(self, self.async_write_ha_state)
        await super().async_added_to_hass()

    @property
    @override
    def state(self) -> int | None:
        """Return how many alerts need attention."""
        if not self._data.is_known:
            return None
        return self.hub.board.account.needs_attention

    @property
    @override
    def todo_items(self) -> list[TodoItem] | None:
        """Return the alerts, the worst first, and of these the oldest."""
        if not self._data.is_known:
            return None
        return [self._item(metric) for metric in sorted(self._listed(), key=_rank)]

    @override
    async def async_update_todo_item(self, item: TodoItem) -> None:
        """Acknowledge an alert whose item was ticked off, or take that back.

        Raises:
            ServiceValidationError: it is not open any more, or was renamed.
        """
        # whoever comes next without a context is somebody else
        context, self._context = self._context or Context(), None
        metric = next((each for each in self._listed() if each.uid == item.uid), None)
        if metric is None:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_open",
                translation_placeholders={"names": item.summary or ""},
            )
        is_ticked = item.status == TodoItemStatus.COMPLETED
        if is_ticked is metric.is_acknowledged:
            if item.summary != self._item(metric).summary:
                raise ServiceValidationError(
                    translation_domain=DOMAIN, translation_key="alert_not_renamed"
                )
            return
        await async_check_control(self.hass, context, {}, [metric])
        acknowledger = self.hub.acknowledger
        if not is_ticked:
            await async_kept(self.hub, acknowledger.async_end([metric], context))
            return
        acknowledgement = Acknowledgement(
            self.hub.now(),
            user_id=context.user_id,
            by=async_get_name(self.hass, context),
        )
        await async_kept(
            self.hub, acknowledger.async_acknowledge([metric], acknowledgement, context)
        )

    @callback
    @override
    def _handle_change(self, make_context: MakeContext) -> None:
        self._writer.async_schedule_call()

    @callback
    @override
    def _async_write_ha_state(self) -> None:
        """Write the state; make the items only for those who look at them."""
        if self._update_listeners:
            super()._async_write_ha_state()
            return
        # who looks next has others than those that were sent last
        self._last_broadcast_items = None
        Entity._async_write_ha_state(self)  # noqa: SLF001

    def _listed(self) -> list[Metric]:
        return [
            metric
            for metric in self.hub.board.metrics.values()
            if metric.is_open
            and not metric.is_test
            and (metric.is_acknowledged or metric.needs_attention)
        ]

    def _item(self, metric: Metric) -> TodoItem:
        seen = metric.acknowledgement
        return TodoItem(
            uid=metric.uid,
            summary=async_headline(
                self.hass,
                self.hub.uid,
                metric.alert.key,
                (metric.agent.name, metric.name),
                metric.alert.status,
            ),
            status=TodoItemStatus.NEEDS_ACTION
            if seen is None
            else TodoItemStatus.COMPLETED,
            # Home Assistant renders it as Markdown
            description=as_markdown(metric.alert.text or "") or None,
            completed=seen.at if seen else None,
        )


def _rank(metric: Metric) -> tuple[int, float, str]:
    incident = metric.timeline.present
    began_at = incident.began_at if incident else metric.received_at
    return -metric.alert.status.severity, began_at.timestamp(), metric.uid
