"""Event files for TensorBoard, through the messages of tensorboardX, which needs no TensorFlow."""

import struct
import time
from pathlib import Path
from typing import Any

from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.summary_pb2 import HistogramProto, Summary
from tensorboardX.record_writer import masked_crc32c

from lsgan.training.event_writer import EventWriter, Histogram
from lsgan.training.record_file import RecordFile

_NAME = "events.out.tfevents.{:010d}"
_VERSION = "brain.Event:2"
_RGB = 3


class TensorBoardWriter(EventWriter):
    """Begins a file each time that the run is started, resumed or rolled back.

    The points that are not to stand any more are dropped from the files before. A TensorBoard that
    has read them already forgets them: the new file begins with the mark of a restart.
    """

    def rewind(self, step: int) -> None:
        """Drop the points after `step`, and begin the next file."""
        self.last = -1

        def is_kept(record: bytes) -> bool:
            event = Event.FromString(record)
            if event.step > step:
                return False
            if event.HasField("summary"):
                self.last = max(self.last, event.step)
            return True

        files = sorted(self._folder.glob("events.out.tfevents.*"))
        for path in files:
            _record_file(path).filter(is_kept)
        self._file = _record_file(self._folder / _NAME.format(len(files)))
        self._add(file_version=_VERSION)
        if files:
            self._add(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def _add_scalar(self, step: int, name: str, value: float) -> None:
        self._add_value(step, tag=name, simple_value=value)

    def _add_image(self, step: int, name: str, png: bytes, size: tuple[int, int]) -> None:
        width, height = size
        image = Summary.Image(width=width, height=height, colorspace=_RGB, encoded_image_string=png)
        self._add_value(step, tag=name, image=image)

    def _add_histogram(self, step: int, name: str, histogram: Histogram) -> None:
        values, counts, edges = histogram
        message = HistogramProto(
            min=values.min(),
            max=values.max(),
            num=len(values),
            sum=values.sum(),
            sum_squares=values @ values,
            bucket_limit=edges[1:],
            bucket=counts,
        )
        self._add_value(step, tag=name, histo=message)

    def _add_value(self, step: int, **value: Any) -> None:
        self._add(step=step, summary=Summary(value=[Summary.Value(**value)]))

    def _add(self, **content: Any) -> None:
        self._file.add(Event(wall_time=time.time(), **content).SerializeToString())


def _record_file(path: Path) -> RecordFile:
    return RecordFile(path, lambda content: struct.pack("<I", masked_crc32c(content)))
