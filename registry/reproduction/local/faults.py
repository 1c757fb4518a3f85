"""Why a pack cannot be run here."""


class CannotRun(Exception):  # noqa: N818 - an outcome with an exit code of its own
    """Nothing was compared. ``hint`` says what to do; both are in the reader's language."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
