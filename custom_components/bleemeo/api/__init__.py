"""Bleemeo's REST API: compare the board with what Bleemeo says, and correct it.

`Agreement` does so for one entry, repeatedly; the functions of `access` ask for a
login, keep its token, and give it up. All of it is optional.
"""

from .access import (
    ACCESS_SCHEMA,
    LOGIN_SCHEMA,
    FormError,
    access_data,
    async_check_login,
    async_give_up,
    async_remove_kept,
    async_return_login,
    async_revoke,
    check_url,
)
from .agreement import Agreement
from .errors import (
    ApiError,
    ListDoubtful,
    LoginRefused,
    ServiceAway,
    ServiceFailing,
    TokenNotKept,
    UnderMaintenance,
)
from .login import Login

__all__ = [
    "ACCESS_SCHEMA",
    "LOGIN_SCHEMA",
    "Agreement",
    "ApiError",
    "FormError",
    "ListDoubtful",
    "Login",
    "LoginRefused",
    "ServiceAway",
    "ServiceFailing",
    "TokenNotKept",
    "UnderMaintenance",
    "access_data",
    "async_check_login",
    "async_give_up",
    "async_remove_kept",
    "async_return_login",
    "async_revoke",
    "check_url",
]
