"""A flow that is closed while a step of it waits: what the step gets is given up."""

from typing import Any

from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowHandler, FlowManager


@callback
def gave_up(
    manager: FlowManager[Any, Any, Any], flow: FlowHandler[Any, Any, Any]
) -> bool:
    """Return whether a flow was closed while its step waited; have it give up again.

    Nobody sees then what the step returns.
    """
    flows = manager.async_progress(include_uninitialized=True)
    if any(each["flow_id"] == flow.flow_id for each in flows):
        return False
    flow.async_remove()
    return True
