"""The errors of Bleemeo's API; no message contains a secret."""


class ApiError(Exception):
    """Bleemeo's API gave no usable answer; the message says why."""


class ServiceAway(ApiError):
    """Bleemeo could not be reached: it may answer later.

    `wait` is how many seconds it asks to wait, if it does.
    """

    def __init__(self, reason: str, wait: int | None = None) -> None:
        """Say what happened, and what the service asks for."""
        super().__init__(reason)
        self.wait = wait


class ServiceFailing(ServiceAway):
    """Bleemeo, or what stands in front of it, answered with an error."""


class ListDoubtful(ServiceAway):
    """Bleemeo's list may lack something that Bleemeo has."""


class TokenNotKept(ServiceAway):
    """A token cannot be written down, so Bleemeo is not asked; the message says why."""


class UnderMaintenance(ServiceAway):
    """Bleemeo says that it is being maintained; that is no failure."""


class LoginRefused(ApiError):
    """Bleemeo does not accept the user name and password, or the token."""


class UnusableAnswer(ApiError):
    """Bleemeo gave an answer that this version cannot use."""


class UnexpectedAnswer(Exception):
    """An answer has an unexpected form; the message says in what way."""
