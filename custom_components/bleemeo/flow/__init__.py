"""What the flows of set-up and options share: the login, the address, the name."""

from .access_form import ACCESS_SCHEMA, SECTION_DEVELOPERS, account_schema, read_access
from .address_change import NewAddress, async_change_address
from .address_steps import CLOUD_SCHEMA, RECONFIGURE_SCHEMA, AddressSteps
from .closed import gave_up
from .entry_name import MAX_NAME_LENGTH, free_name, is_given, name_error

__all__ = [
    "ACCESS_SCHEMA",
    "CLOUD_SCHEMA",
    "MAX_NAME_LENGTH",
    "RECONFIGURE_SCHEMA",
    "SECTION_DEVELOPERS",
    "AddressSteps",
    "NewAddress",
    "account_schema",
    "async_change_address",
    "free_name",
    "gave_up",
    "is_given",
    "name_error",
    "read_access",
]
