"""What TensorBoard's own reader sees in our event files -> golden/tensorboard.json.
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
from tensorboard.plugins.hparams import plugin_data_pb2

folder = Path(sys.argv[1])
everything = {"scalars": 0, "images": 0, "tensors": 0}
events = EventAccumulator(str(folder), size_guidance=everything)
events.Reload()
# The tabs read through this one: it turns every value into a tensor and keeps the descriptions.
tabs = PluginEventAccumulator(str(folder), size_guidance=everything, tensor_size_guidance={"scalars": 0})
tabs.Reload()


def read_hparams(tag):
    content = tabs.SummaryMetadata(tag).plugin_data.content
    return MessageToDict(plugin_data_pb2.HParamsPluginData.FromString(content), preserving_proto_field_name=True)


tags = events.Tags()
golden = {
    "source": f"TensorBoard {tensorboard.__version__}, EventAccumulator",
    "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())},
    "scalars": {t: [[e.step, e.wall_time, e.value] for e in events.Scalars(t)] for t in tags["scalars"]},
    "stepsInTabs": {t: [e.step for e in tabs.Tensors(t)] for t in tabs.Tags()["tensors"]},
    "descriptions": {t: tabs.SummaryMetadata(t).summary_description for t in tags["scalars"]},
    "images": {t: [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in events.Images(t)] for t in tags["images"]},
    "config": events.Tensors("config")[0].tensor_proto.string_val[0].decode(),
    "hparams": {t: read_hparams(t) for t in tags["tensors"] if t.startswith("_hparams_")},
}
Path(__file__).with_name("golden").joinpath("tensorboard.json").write_text(json.dumps(golden, indent=1) + "\n")
