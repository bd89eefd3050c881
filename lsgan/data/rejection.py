"""Why a file is not packed."""

MAX_PIXELS = 100_000_000

REASONS = {
    "empty": "the file is empty",
    "not-an-image": "the file is no image",
    "unsupported-format": "an image in a format that is not read",
    "truncated": "the file ends too early",
    "damaged": "the content cannot be decoded",
    "made-by-lsgan": "an image that lsgan made",
    "too-small": "narrower or lower than the least size",
    "too-many-pixels": f"more than {MAX_PIXELS // 10**6} million pixels",
    "unreadable": "the operating system does not let it be read",
    "decoder-crashed": "decoding it ended the process",
    "broken-archive": "not all of the archive can be read",
    "bad-metadata": "metadata that cannot all be read",
    "missing": "the metadata names it, and it is not there",
    "outside": "the metadata names it, outside the folder",
}


class RejectedError(Exception):
    """A file is not used. `reason` is a key of `REASONS`; `detail` says more, in words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail or REASONS[reason]
