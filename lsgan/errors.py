"""The errors a user can cause: each says what is wrong, where, and what to do next.

The command line prints them as one line without a traceback and exits with code 2.
Anything else that escapes is a bug and shows its traceback.
"""


class LsganError(Exception):
    """Base of every error a user can cause.

    Args:
        message: what is wrong and where, without a full stop.
        remedy: what to do next, as a sentence; may be empty.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}. {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class ConfigError(LsganError):
    """A configuration file, a key or a value is not acceptable."""


class DataError(LsganError):
    """A source folder, an image or a packed data set cannot be used."""


class RunError(LsganError):
    """A run folder or a checkpoint cannot be used, or a run cannot go on."""


class CorruptCheckpointError(RunError):
    """A checkpoint's content is not what was written."""


class DeviceError(LsganError):
    """The device or the Paddle build asked for is not there."""


class ClusterError(LsganError):
    """A cluster cannot be reached, has no workers, or cannot do the work."""


class OutputError(LsganError):
    """A file could not be written: no space, no permission, no folder."""
