"""What may go wrong with Bleemeo's API; no message holds a secret."""


class ApiError(Exception):
    """Bleemeo's API was of no use this time; the message says why."""


class ServiceAway(ApiError):
    """It could not be reached, or has trouble: it may well answer later.

    `wait` is how many seconds it asks to be left alone, if it asks for that.
    """

    def __init__(self, reason: str, wait: int | None = None) -> None:
        """Say what happened, and what the service asks for."""
        super().__init__(reason)
        self.wait = wait


class LoginRefused(ApiError):
    """It does not accept the user name and password, or the token."""


class UnusableAnswer(ApiError):
    """It answered something that this version cannot use."""


class UnexpectedAnswer(Exception):
    """An answer has another form than expected; the message says in what way."""
