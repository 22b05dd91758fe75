"""The errors of Bleemeo's API; no message contains a secret."""


class ApiError(Exception):
    """Bleemeo's API gave no usable answer; the message says why."""


class ServiceAway(ApiError):
    """Bleemeo could not be reached, or is failing: it may answer later.

    `wait` is how many seconds it asks to wait, if it does.
    """

    def __init__(self, reason: str, wait: int | None = None) -> None:
        """Say what happened, and what the service asks for."""
        super().__init__(reason)
        self.wait = wait


class UnderMaintenance(ServiceAway):
    """Bleemeo says that it is being maintained; that is no failure."""


class LoginRefused(ApiError):
    """Bleemeo does not accept the user name and password, or the token."""


class UnusableAnswer(ApiError):
    """Bleemeo gave an answer that this version cannot use."""


class UnexpectedAnswer(Exception):
    """An answer has an unexpected form; the message says in what way."""
