"""What stops a command, with the exit status that it ends in.

0 fine, 1 it ran and found problems, 2 it could not start, 75 try again later (`EX_TEMPFAIL` of
sysexits.h). Anything a user can cause is one of these; a traceback is always a bug of ours.
"""


class MactlError(Exception):
    """A command cannot go on: `message` says what and where, `hint` what to do next."""

    exit_code = 2

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MactlError):
    """The command line asks for something that does not exist or does not go together."""


class ConfigurationError(MactlError):
    """The project's settings do not allow what was asked."""


class UnreadableInput(MactlError):
    """A file or address that was named cannot be read as what it should be."""


class StateError(MactlError):
    """The state cannot be used: newer than this mactl, damaged, or not where it was."""


class NotConfirmed(MactlError):
    """The person who was asked said no; nothing was changed."""

    exit_code = 1


class TryAgainLater(MactlError):
    """Nothing is wrong, but not now: another planner runs, a server does not answer."""

    exit_code = 75
