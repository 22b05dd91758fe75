"""Root of the unit tests."""

# Before the test plugin puts its own folder of that name on the path.
import custom_components  # noqa: F401
