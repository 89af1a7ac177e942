#!/usr/bin/env bash
# TensorBoard 2.21.0, its Python reader beside tensorboard-data-server 0.7.2, which reads by default where it is installed.
#
# Guess: what of a resumed run was overwritten is decided alike by both readers.
# Seen: a START record at an earlier step (PyTorch's `SummaryWriter(purge_step=...)` writes one) makes the Python reader drop the
#   later points of every series at once. The data server takes no notice of it: each series drops its points when, and from the step at
#   which, its own next point comes. A series that is written more rarely keeps points of the abandoned part for good. Without such
#   a record it is the Python reader that drops nothing, so that the line runs back on itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq tensorboard==2.21.0 tensorboard-data-server==0.7.2 "setuptools<81"
cd "$work"
"$work/venv/bin/python" - <<'PY' 2>log.txt || { cat log.txt; exit 1; }
import importlib.metadata, os, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.context import RequestContext
from tensorboard.data import server_ingester
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import grpc_util

def write(run, number, events):
    os.makedirs(os.path.join("runs", run), exist_ok=True)
    with open(os.path.join("runs", run, f"events.out.tfevents.{2000000000 + number}.machine"), "wb") as file:
        writer = RecordWriter(file)
        for event in [Event(file_version="brain.Event:2"), *events]:
            event.wall_time = number
            writer.write(event.SerializeToString())

def points(step, *tags):
    return Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=step) for tag in tags]))

start = Event(step=5, session_log=SessionLog(status=SessionLog.START))
resumed = {
    "nothing-yet": [start],
    "one-series": [start, points(5, "loss")],
    "both-series": [start, points(5, "loss"), points(12, "loss", "val")],
    "no-record": [points(5, "loss"), points(12, "loss", "val")],
}
for run, events in resumed.items():
    write(run, 1, [points(4, "loss", "val"), points(8, "loss", "val")])
    write(run, 2, events)

def read_in_python(run):
    reader = EventAccumulator(os.path.join("runs", run)).Reload()
    return {tag: [event.step for event in reader.Scalars(tag)] for tag in ("loss", "val")}

server = server_ingester.SubprocessServerDataIngester(
    server_ingester.get_server_binary(), "runs", reload_interval=0, channel_creds_type=grpc_util.ChannelCredsType.LOCAL)
server.start()
for _ in range(100):  # it answers before it has read everything
    found = server.data_provider.read_scalars(RequestContext(), experiment_id="", plugin_name="scalars", downsample=100)
    if len(found) == len(resumed) and all(len(tags) == 2 for tags in found.values()):
        break
    time.sleep(0.1)
served = {run: {tag: [datum.step for datum in found[run][tag]] for tag in ("loss", "val")} for run in resumed}
print("tensorboard", importlib.metadata.version("tensorboard"), "data server", importlib.metadata.version("tensorboard-data-server"))
seen = {}
for run in resumed:
    python, rust = read_in_python(run), served[run]
    seen[run] = [python["loss"], python["val"], rust["loss"], rust["val"]]
    print(f"{run}: Python loss {python['loss']} val {python['val']}, data server loss {rust['loss']} val {rust['val']}")
assert seen == {
    "nothing-yet": [[4], [4], [4, 8], [4, 8]],
    "one-series": [[4, 5], [4], [4, 5], [4, 8]],
    "both-series": [[4, 5, 12], [4, 12], [4, 5, 12], [4, 8, 12]],
    "no-record": [[4, 8, 5, 12], [4, 8, 12], [4, 5, 12], [4, 8, 12]],
}, "this has changed"
PY
