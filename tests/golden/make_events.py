"""Makes events.tfevents with TensorBoard's own writer: what `stylewalk`'s event files must be, byte for byte. With a
folder, reads that run's event files with TensorBoard's own reader and prints what is in them.

    pip install tensorboard==2.21.0
    python tests/golden/make_events.py
    python tests/golden/make_events.py runs/00000-run
"""

import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

PATH = pathlib.Path(__file__).parent / "events.tfevents"


def scalar(value):
    return Summary(value=[Summary.Value(tag="loss/total", simple_value=value)])


def picture():
    image = Summary.Image(height=2, width=3, colorspace=3, encoded_image_string=b"PNG")
    return Summary(value=[Summary.Value(tag="grids/samples", image=image)])


def make():
    time = 1_700_000_000.25
    events = [
        Event(wall_time=time, file_version="brain.Event:2"),
        Event(wall_time=time, step=8, session_log=SessionLog(status=SessionLog.START)),
        Event(wall_time=time, step=10, summary=scalar(2.5)),
        Event(wall_time=time, step=20, summary=scalar(0.0)),
        Event(wall_time=time, step=300, summary=picture()),
    ]
    with PATH.open("wb") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
    print(f"{PATH.name}: {PATH.stat().st_size} bytes")


def read(run):
    found = EventAccumulator(run).Reload()
    for tag in found.Tags()["scalars"]:
        print(tag, [(event.step, round(event.value, 4)) for event in found.Scalars(tag)])
    for tag in found.Tags()["images"]:
        print(tag, [(event.step, event.width, event.height, len(event.encoded_image_string)) for event in found.Images(tag)])


if __name__ == "__main__":
    read(sys.argv[1]) if len(sys.argv) > 1 else make()
