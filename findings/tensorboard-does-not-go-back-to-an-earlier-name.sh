#!/usr/bin/env bash
# TensorBoard 2.21.0, its Python reader (EventAccumulator over a run's folder), files written with its own EventFileWriter's format.
#
# Guess: an event file that appears in a run's folder is read, whichever name it has.
# Seen: files are taken in the order of their names, and a file whose name sorts before the one being read is never opened. A
#   name begins with the writer's clock, so that a resumed run on a machine whose clock was set back is left out, without a word in
#   the charts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq tensorboard==2.21.0 "setuptools<81"
cd "$work"
"$work/venv/bin/python" - <<'PY' 2>log.txt || { cat log.txt; exit 1; }
import os, tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

def write(name, steps):
    with open(os.path.join("run", name), "wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString())
        for step in steps:
            value = Summary.Value(tag="loss", simple_value=step)
            writer.write(Event(wall_time=1.0 + step, step=step, summary=Summary(value=[value])).SerializeToString())

os.mkdir("run")
write("events.out.tfevents.2000000000.machine", [1, 2])
reader = EventAccumulator("run").Reload()
steps = lambda accumulator: [event.step for event in accumulator.Scalars("loss")]
first = steps(reader)
write("events.out.tfevents.1999999000.machine", [3, 4])
earlier_name = steps(reader.Reload())
write("events.out.tfevents.2000000500.machine", [5, 6])
later_name = steps(reader.Reload())
print("tensorboard", tensorboard.__version__)
print("first file:", first)
print("after a file with an earlier name:", earlier_name)
print("after a file with a later name:", later_name)
assert (first, earlier_name, later_name) == ([1, 2], [1, 2], [1, 2, 5, 6]), "this has changed"
PY
