"""What TensorBoard's two readers see in our event files -> golden/tensorboard.json.
Run: node tests/oracles/write-tensorboard-events.ts FOLDER && python tests/oracles/make_tensorboard_golden.py FOLDER
"""

import hashlib
import json
import sys
from pathlib import Path

import tensorboard
from google.protobuf.json_format import MessageToDict
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator as PluginEventAccumulator
from tensorboard import context
from tensorboard.data import server_ingester
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import grpc_util

everything = {"scalars": 0, "images": 0, "tensors": 0}


def accumulate(folder):
    events = EventAccumulator(str(folder), size_guidance=everything)
    events.Reload()
    return events


def list_served(folder):
    """The screens of a plain `tensorboard --logdir` are served by another reader, a program in Rust."""
    ingester = server_ingester.SubprocessServerDataIngester(
        server_ingester.get_server_binary(), str(folder), reload_interval=0, channel_creds_type=grpc_util.ChannelCredsType.LOCAL, samples_per_plugin={"scalars": 0}
    )
    ingester.start()
    runs = ingester.data_provider.read_scalars(context.RequestContext(), experiment_id="", plugin_name="scalars", downsample=10_000)
    return {tag: [point.step for point in points] for run in runs.values() for tag, points in sorted(run.items())}


def list_accumulated(folder):
    events = accumulate(folder)
    return {tag: [point.step for point in events.Scalars(tag)] for tag in sorted(events.Tags()["scalars"])}


folder, resumed = Path(sys.argv[1]) / "whole", Path(sys.argv[1]) / "resumed"
events = accumulate(folder)
# The tabs of the Python reader read through this one: it turns every value into a tensor and keeps the descriptions.
tabs = PluginEventAccumulator(str(folder), size_guidance=everything, tensor_size_guidance={"scalars": 0})
tabs.Reload()


def read_hparams(tag):
    content = tabs.SummaryMetadata(tag).plugin_data.content
    return MessageToDict(plugin_data_pb2.HParamsPluginData.FromString(content), preserving_proto_field_name=True)


tags = events.Tags()
golden = {
    "source": f"TensorBoard {tensorboard.__version__}, EventAccumulator; data server {server_ingester.get_server_binary()._version}",
    "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())},
    "scalars": {t: [[e.step, e.wall_time, e.value] for e in events.Scalars(t)] for t in tags["scalars"]},
    "dataServer": list_served(folder),
    "resumed": {"python": list_accumulated(resumed), "dataServer": list_served(resumed)},
    "stepsInTabs": {t: [e.step for e in tabs.Tensors(t)] for t in tabs.Tags()["tensors"]},
    "descriptions": {t: tabs.SummaryMetadata(t).summary_description for t in tags["scalars"]},
    "images": {t: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in events.Images(t)] for t in tags["images"]},
    "config": events.Tensors("config")[0].tensor_proto.string_val[0].decode(),
    "hparams": {t: read_hparams(t) for t in tags["tensors"] if t.startswith("_hparams_")},
}
Path(__file__).with_name("golden").joinpath("tensorboard.json").write_text(json.dumps(golden, indent=1) + "\n")
