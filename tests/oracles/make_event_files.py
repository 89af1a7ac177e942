"""Event files of other writers and what TensorBoard's own reader sees in them -> golden/event-files/.
Run: python tests/oracles/make_event_files.py
"""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import tensorboard
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator as PluginEventAccumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_ndarray
from torch.utils.tensorboard import SummaryWriter

golden = Path(__file__).parent / "golden" / "event-files"
shutil.rmtree(golden, ignore_errors=True)
values = lambda n: [round(math.sin(i / 3) + 2, 6) for i in range(n)]

# PyTorch's writer: simple values, as most training code logs; text, images and histograms are no curves.
simple = SummaryWriter(golden / "simple")
for step, value in enumerate(values(12)):
    simple.add_scalar("Loss/train", value, step, walltime=1.7e9 + step)
    simple.add_scalar("Loss/train_new", value / 2, step, walltime=1.7e9 + step, new_style=True)
simple.add_scalar("odd", float("nan"), 0, walltime=1.7e9)
simple.add_scalar("odd", 3, 1, walltime=1.7e9)
simple.add_text("notes", "no curve", 0, walltime=1.7e9)
simple.add_histogram("weights", np.arange(10), 0, walltime=1.7e9)
simple.close()


def write(folder, events):
    writer = EventFileWriter(str(folder))
    for event in events:
        writer.add_event(event)
    writer.close()


def scalar_event(step, tag, value, keep_metadata=True):
    summary = scalar_pb(tag, value)
    if not keep_metadata:
        summary.value[0].ClearField("metadata")
    return event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary)


# TensorFlow 2's way: tensors of the scalars plugin, which may be named at the first value alone; and a restart.
tensors = [scalar_event(i, "accuracy", v, keep_metadata=i == 0) for i, v in enumerate(values(10))]
tensors.append(event_pb2.Event(wall_time=1.7e9, step=5, summary=histogram_pb("weights", np.arange(4.0))))
tensors.append(event_pb2.Event(wall_time=1.8e9, step=6, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)))
start = event_pb2.Event(wall_time=1.6e9, step=0, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
again = [scalar_event(i, "accuracy", 9.0 + i) for i in range(6, 9)]
write(golden / "tensors" / "train", [start, *tensors, *again])

for number, path in enumerate(sorted(golden.rglob("*tfevents*"))):
    path.rename(path.parent / f"events.out.tfevents.1700000000.writer.{number}")


def read(folder):
    plain = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    plain.Reload()
    seen = {t: [[e.step, e.value] for e in plain.Scalars(t)] for t in plain.Tags()["scalars"]}
    tabs = PluginEventAccumulator(str(folder), tensor_size_guidance={"scalars": 0})
    tabs.Reload()
    for tag in tabs.Tags()["tensors"]:
        if tabs.SummaryMetadata(tag).plugin_data.plugin_name == "scalars" and tag not in seen:
            seen[tag] = [[e.step, float(make_ndarray(e.tensor_proto))] for e in tabs.Tensors(tag)]
    return {t: [[s, None if math.isnan(v) else v] for s, v in points] for t, points in sorted(seen.items())}


(golden / "curves.json").write_text(json.dumps({
    "source": f"tensorboard {tensorboard.__version__}, torch {torch.__version__}",
    "simple": read(golden / "simple"),
    "tensors": {f"train/{t}": p for t, p in read(golden / "tensors" / "train").items()},
}, indent=1) + "\n")
