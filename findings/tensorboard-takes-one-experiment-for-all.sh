#!/usr/bin/env bash
# TensorBoard 2.21.0, HParams plugin.
#
# Guess: the columns of the HParams tab come from all runs in the folder.
# Seen: as soon as one run of the folder declares an experiment, its columns are everyone's: a hyperparameter that only other runs
#   have is not shown at all. Without any declaration the columns are gathered from every run.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -qq tensorboard==2.21.0 "setuptools<81"
cd "$work"
"$work/venv/bin/python" - <<'PY' 2>log.txt || { cat log.txt; exit 1; }
import os, tensorboard
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import backend_context, summary_v2
from tensorboard.summary.writer.record_writer import RecordWriter

def write(run, hparams, experiment=None):
    os.makedirs(run)
    with open(os.path.join(run, "events.out.tfevents.2000000000.machine"), "wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString())
        summaries = [summary_v2.hparams_pb(hparams)]
        if experiment is not None:
            summaries.insert(0, experiment)
        for one in summaries:
            writer.write(Event(wall_time=2.0, summary=one).SerializeToString())

def columns(folder):
    multiplexer = plugin_event_multiplexer.EventMultiplexer()
    multiplexer.AddRunsFromDirectory(folder)
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, folder)
    context = backend_context.Context(base_plugin.TBContext(logdir=folder, multiplexer=multiplexer, data_provider=provider))
    request = RequestContext()
    metadata = context.hparams_metadata(request, "")
    found = context.hparams_from_data_provider(request, "", limit=None)
    experiment = context.experiment_from_metadata(request, "", True, metadata, found)
    return sorted(info.name for info in experiment.hparam_infos)

write("open/one", {"rate": 0.1})
write("open/two", {"rate": 0.2, "mixup": 0.4})
declared = summary_v2.hparams_config_pb([summary_v2.HParam("rate", summary_v2.RealInterval(0.0, 1.0))], [])
write("closed/one", {"rate": 0.1}, declared)
write("closed/two", {"rate": 0.2, "mixup": 0.4})
seen = columns("open"), columns("closed")
print("tensorboard", tensorboard.__version__)
print("nobody declares:", seen[0], "one run declares:", seen[1])
assert seen == (["mixup", "rate"], ["rate"]), "this has changed"
PY
