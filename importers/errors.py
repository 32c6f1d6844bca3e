"""The errors that a user's data or command can cause: one clear line each, never a traceback."""


class MynaError(Exception):
    """The work failed; the message says what was wrong, where, and what to do next.

    Commands print the message and exit with ``exit_code``.
    """

    exit_code = 1


class UsageError(MynaError):
    """The command was called wrongly (a missing source, flags that contradict each other)."""

    exit_code = 2


class FormatError(MynaError):
    """A file does not have the format it should have; the message begins ``path:line:``."""


class ArchiveError(MynaError):
    """An archive cannot be read: no archive at all, damaged, or cut off."""


class StorageError(MynaError):
    """The target cannot be written: full disk, missing permission, or in use by another run."""


class DownloadError(MynaError):
    """A file cannot be fetched: refused, not there, not what was promised, or no connection."""
