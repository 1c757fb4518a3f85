"""What the sandbox may refuse, apart from the ends of a jail (`backend.JailEnd`)."""

# ruff: noqa: N818 - these are refusals and states with names of their own

from portal.kit.i18n import _


class SandboxError(Exception):
    """A refusal or fault of the sandbox: an English message id, marked with ``N_``, and the values it
    names."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values

    def translated(self) -> str:
        """The message in the reader's language."""
        return _(self.message, **self.values)


class SandboxUnavailable(SandboxError):
    """This machine cannot run jails; the words say what to do about it."""


class UnknownRuntime(SandboxError):
    """No such runtime is defined, built, or possible with the interpreters of this machine."""


class BuildFailed(SandboxError):
    """A runtime could not be built; nothing of it was kept."""


class UnsafePlace(SandboxError):
    """A folder that jails would rely on may be changed by somebody else, or cannot be entered."""


class PlatformFault(SandboxError):
    """The platform, not the submission, failed to prepare or clear a jail."""


class OutputRefused(SandboxError):
    """What a jail left in its output is not fit to be read; nothing of it was kept."""


class ScoresRefused(SandboxError):
    """A file of scores or predictions is not the strict JSON that was asked for."""
