"""Weight files by PyTorch, tiny, for the readers -> golden/weights/. Run: python tests/oracles/make_weight_files.py

good/*      files by torch.save and torch.onnx.export; expected.json holds the values of their tensors as float32
hostile.json  pickles and archives that try to run code or to exhaust the reader, in base64, none of which is ever loaded
              here; `refusal` is what the message must name
"""
import argparse, base64, datetime, decimal, enum, functools, io, json, pathlib, struct, sys, types, uuid, warnings, zipfile
from collections import OrderedDict, defaultdict, namedtuple
import numpy as np, onnx
import torch, torch.nn as nn, torch.nn.functional as F

OUT = pathlib.Path(__file__).with_name("golden") / "weights"
GOOD = OUT / "good"
GOOD.mkdir(parents=True, exist_ok=True)
torch.manual_seed(3)
warnings.simplefilter("ignore")
expected = {"source": f"torch {torch.__version__}", "files": {}}


def note(name, tensors):
    expected["files"][name] = {
        key: {"shape": list(value.shape), "values": [float(f"{v:.9g}") for v in value.detach().float().reshape(-1).tolist()]} for key, value in tensors.items()
    }


def save(name, content, tensors, **options):
    torch.save(content, GOOD / name, **options)
    note(name, tensors)


def weights():
    base = torch.randn(4, 6)
    tagged = torch.randn(3)
    tagged.origin = "a tensor with an attribute of its own"
    return OrderedDict(
        float32=torch.randn(2, 3), float64=torch.randn(2, 2, dtype=torch.float64), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3),
        float16=torch.tensor([0.0, -0.0, 1 / 3, 65504.0, 2.0**-24, -(2.0**-14), 1e-5], dtype=torch.float16),
        bfloat16=torch.tensor([1 / 3, -1e30, 2.0**-130, 3.0], dtype=torch.bfloat16),
        transposed=base.t(), sliced=base[1:, ::2], view=base[2], expanded=torch.tensor([7.0]).expand(2, 3),
        channels_last=torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last),
        parameter=nn.Parameter(torch.randn(2)), tagged=tagged, frozen=nn.Parameter(torch.randn(2), requires_grad=False),
    )


state = weights()
save("types-and-strides.pth", state, state)
save("legacy.pth", state, state, _use_new_zipfile_serialization=False)
for protocol in (3, 4, 5):
    content = OrderedDict(weight=state["float32"], bias=state["transposed"])
    save(f"protocol-{protocol}.pth", content, content, pickle_protocol=protocol)

net = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 2, 3, bias=False), bn1=nn.BatchNorm2d(2)))
optimiser = torch.optim.AdamW(net.parameters())
net(torch.randn(2, 3, 5, 5)).sum().backward()
optimiser.step()
schedule = torch.optim.lr_scheduler.MultiStepLR(optimiser, [2, 4, 4])
nested = {"epoch": 7, "best": 0.5, "args": ["--lr", None, True], "model": {"state_dict": OrderedDict((f"module.{k}", v) for k, v in net.state_dict().items())},
          "optimizer": optimiser.state_dict(), "schedule": schedule.state_dict(), "device": torch.device("cpu"), "dtype": torch.float32, "size": torch.Size([1, 2])}
wanted = {f"model.state_dict.module.{k}": v for k, v in net.state_dict().items() if v.is_floating_point()}
save("checkpoint.pth", nested, wanted)
save("checkpoint-legacy.pth", nested, wanted, _use_new_zipfile_serialization=False)

deflated = GOOD / "deflated.pth"
with zipfile.ZipFile(GOOD / "protocol-3.pth") as source, zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as target:
    for item in source.infolist():
        target.writestr(zipfile.ZipInfo(item.filename), source.read(item), zipfile.ZIP_DEFLATED)
note(deflated.name, {"weight": state["float32"], "bias": state["transposed"]})


class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer)
        self.conv2, self.bn2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer)
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class Net(nn.Module):
    """ResNet-18 by torchvision's names, with `width` channels where it has 64."""

    def __init__(self, width, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        inner = width
        for stage in range(4):
            outer = width << stage
            first = Block(inner, outer, 2 if stage else 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(first, Block(outer, outer, 1)))
            inner = outer
        self.fc = nn.Linear(inner, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return self.fc(x.mean((2, 3)))


# The whole ResNet-18 in a few kilobytes: every tensor is one stored value, expanded.
with torch.device("meta"):
    shapes = {k: (v.shape, v.dtype) for k, v in Net(64, 18).state_dict().items()}
one = torch.tensor([0.5])
whole = OrderedDict((f"module.{k}", torch.zeros((), dtype=d) if d == torch.int64 else one.expand(s)) for k, (s, d) in shapes.items())
torch.save({"state_dict": whole}, GOOD / "resnet18-18-classes.pth")

narrow = Net(1, 3)
for module in narrow.modules():
    if isinstance(module, nn.BatchNorm2d):
        for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
            tensor.data.uniform_(0.5, 1.5)
narrow.eval()
for name, mode in (("narrow.onnx", torch.onnx.TrainingMode.PRESERVE), ("narrow-folded.onnx", torch.onnx.TrainingMode.EVAL)):
    folded = mode == torch.onnx.TrainingMode.EVAL
    torch.onnx.export(narrow, torch.randn(1, 3, 32, 32), GOOD / name, dynamo=False, training=mode, do_constant_folding=folded)
# The call that is advised where an export is refused for being folded.
torch.onnx.export(narrow, (torch.randn(1, 3, 32, 32),), GOOD / "narrow-advised.onnx", dynamo=True, external_data=False, optimize=False, verbose=False)
# That exporter writes each operator's stack trace, with the folders of the machine, into the file.
advised = onnx.load(GOOD / "narrow-advised.onnx")
for part in (advised, advised.graph, *advised.graph.node, *advised.graph.value_info, *advised.graph.initializer, *advised.graph.input, *advised.graph.output):
    del part.metadata_props[:]
onnx.save(advised, GOOD / "narrow-advised.onnx")
for name in ("narrow.onnx", "narrow-advised.onnx"):
    note(name, {k: v for k, v in narrow.state_dict().items() if v.is_floating_point()})

# What training loops keep beside a state dict; each is a class or function that the reader knows nothing of.
Options = type("Options", (dict,), {"__module__": "train"})
Mode = enum.Enum("Mode", ["TRAIN"], module="train")
Point = namedtuple("Point", "x y", module="train")
sys.modules["train"] = types.SimpleNamespace(Options=Options, Mode=Mode, Point=Point)
beside = {
    "args": argparse.Namespace(lr=0.1, decay=[0.5]), "best": np.float64(0.9), "epochs": np.int32(3), "curve": np.arange(3.0), "started": datetime.datetime(2026, 1, 2),
    "took": datetime.timedelta(seconds=5), "folder": pathlib.PurePosixPath("/data/faces"), "history": defaultdict(list, loss=[1.0]), "seen": {1, 2}, "kept": frozenset("ab"),
    "options": Options(lr=0.1), "mode": Mode.TRAIN, "point": Point(1, 2), "price": decimal.Decimal("1.5"), "id": uuid.UUID(int=7), "wave": 1 + 2j, "cut": slice(1, 2),
    "simple": types.SimpleNamespace(a=1), "activation": functools.partial(nn.ReLU, inplace=True), "torch": torch.__version__, "schedule": nn.Identity(), "raw": b"\x00\xff",
}
with_objects = {"before": beside["args"], "state_dict": {"weight": state["float32"]}, **beside, "averages": defaultdict(OrderedDict, ema=OrderedDict(weight=state["transposed"]))}
inside = {"state_dict.weight": state["float32"], "averages.ema.weight": state["transposed"]}
save("objects.pth", with_objects, inside)
save("objects-legacy.pth", with_objects, inside, _use_new_zipfile_serialization=False)

(OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")

# Opcodes by hand (pickletools), so that nothing here can run by accident.
def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()

def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()

def short(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()

START, STOP = b"\x80\x04", b"."
COMMAND = b"(" + text("true") + b"t"
STORAGE = b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x02tQ"

def tensor(shape, stride, offset=b"K\x00"):
    return name("torch._utils", "_rebuild_tensor_v2") + b"(" + STORAGE + offset + shape + stride + b"\x89" + name("collections", "OrderedDict") + b")RtR"

def state_dict(content):
    return START + b"}" + text("w") + content + b"s" + STOP

SYSTEM = name("posix", "system")
pickles = {
    "REDUCE of os.system": (START + SYSTEM + COMMAND + b"R" + STOP, "refused posix.system at byte 2 of the pickle"),
    "REDUCE of nt.system": (START + name("nt", "system") + COMMAND + b"R" + STOP, "refused nt.system"),
    "REDUCE of eval": (START + name("builtins", "eval") + COMMAND + b"R" + STOP, "refused builtins.eval"),
    "REDUCE of Python 2's eval": (b"\x80\x02" + name("__builtin__", "eval") + COMMAND + b"R" + STOP, "refused __builtin__.eval"),
    "protocol 0": (b"cposix\nsystem\n(S'true'\ntR.", "refused posix.system at byte 0 of the pickle"),
    "STACK_GLOBAL": (START + short("subprocess") + short("Popen") + b"\x93" + COMMAND + b"R" + STOP, "refused subprocess.Popen"),
    "STACK_GLOBAL from the memo": (START + short("os") + b"\x94" + short("system") + b"\x94" + b"00h\x00h\x01\x93" + COMMAND + b"R" + STOP, "refused os.system"),
    "a dotted name": (START + short("torch") + short("hub.load") + b"\x93)R" + STOP, "refused torch.hub.load"),
    "getattr on an allowed module": (START + name("builtins", "getattr") + b"(" + name("torch", "FloatStorage") + text("__init__") + b"tR" + STOP, "refused builtins.getattr"),
    "INST": (b"(S'true'\nios\nsystem\n.", "refused the opcode INST with os.system at byte 9 of the pickle"),
    "OBJ": (START + b"(" + SYSTEM + text("true") + b"o" + STOP, "refused posix.system"),
    "OBJ of an allowed name": (START + b"(" + name("collections", "OrderedDict") + b"o" + STOP, "refused the opcode OBJ"),
    "NEWOBJ": (START + name("subprocess", "Popen") + COMMAND + b"\x81" + STOP, "refused subprocess.Popen"),
    "NEWOBJ of an allowed name": (START + name("torch", "Tensor") + b")\x81" + STOP, "refused the opcode NEWOBJ with torch.Tensor"),
    "NEWOBJ_EX of an allowed name": (START + name("torch", "Tensor") + b")}\x92" + STOP, "refused the opcode NEWOBJ_EX with torch.Tensor"),
    "BUILD on a class": (START + name("torch", "Tensor") + b"}" + text("__setstate__") + text("x") + b"sb" + STOP, "refused a change of torch.Tensor"),
    "BUILD on a number": (START + b"K\x01}b" + STOP, "sets attributes of a plain value"),
    "a call of a name that may only be named": (START + name("torch", "FloatStorage") + b"(K\x02tR" + STOP, "refused a call of torch.FloatStorage"),
    "a nested pickle": (START + name("torch.storage", "_load_from_bytes") + b"(C\x01.tR" + STOP, "refused torch.storage._load_from_bytes"),
    "a whole model": (START + name("torchvision.models.resnet", "ResNet") + b")\x81" + STOP, "refused torchvision.models.resnet.ResNet"),
    "an extension": (START + b"\x82\x01" + STOP, "refused the opcode EXT1"),
    "a harmless object at the top": (START + name("argparse", "Namespace") + b")\x81" + STOP, "refused argparse.Namespace"),
    "a system's function behind a harmless module": (START + short("argparse") + short("_os.system") + b"\x93" + COMMAND + b"R" + STOP, "refused argparse._os.system"),
    "a call beside tensors": (START + b"}" + text("x") + SYSTEM + COMMAND + b"R" + b"s" + STOP, "refused posix.system"),
    "BUILD on a harmless class": (START + name("argparse", "Namespace") + b"}b" + STOP, "refused a change of argparse.Namespace"),
    "a call of a harmless object": (START + name("argparse", "Namespace") + b")\x81)R" + STOP, "calls something that is no function"),
    "NEWOBJ of a harmless object": (START + name("argparse", "Namespace") + b")\x81)\x81" + STOP, "refused the opcode NEWOBJ"),
    "a tensor of another kind": (START + name("torch._utils", "_rebuild_sparse_tensor") + b")R" + STOP, "refused torch._utils._rebuild_sparse_tensor"),
    "a storage made of a harmless object": (START + b"(" + text("storage") + name("numpy", "dtype") + text("0") + text("cpu") + b"K\x02tQ" + STOP, "refused a persistent id with numpy.dtype"),
    "a tensor on a harmless object": (state_dict(name("torch._utils", "_rebuild_tensor_v2") + b"(" + name("argparse", "Namespace") + b")\x81" + b"K\x00K\x02\x85K\x01\x85\x89}tR"), "a tensor without a storage"),
    "a persistent id as text": (b"P0\n.", "refused the opcode PERSID"),
    "a persistent id that names a module": (START + b"(" + text("module") + name("torch", "Tensor") + text("code") + b"tQ" + STOP, "refused a persistent id"),
    "a persistent id without a class": (START + b"(" + text("storage") + text("FloatStorage") + text("0") + text("cpu") + b"K\x02tQ" + STOP, "refused a persistent id"),
    "a persistent id with another class": (START + b"(" + text("storage") + name("torch", "Tensor") + text("0") + text("cpu") + b"K\x02tQ" + STOP, "refused a persistent id with torch.Tensor"),
    "a storage that climbs out of its folder": (START + b"}" + text("w") + (name("torch._utils", "_rebuild_tensor_v2") + b"(" + STORAGE.replace(text("0"), text("../../version")) + b"K\x00K\x02\x85K\x01\x85\x89}tR") + b"s" + STOP, "has no entry"),
    "an attribute function": (START + name("torch._tensor", "_rebuild_from_type_v2") + b"(" + name("collections", "OrderedDict") + name("torch", "Tensor") + b")}tR" + STOP, "refused a tensor that no function of torch._utils rebuilds"),
    "a tensor beyond its storage": (state_dict(tensor(b"K\x03\x85", b"K\x01\x85")), "reaches beyond the 8 bytes"),
    "an offset beyond its storage": (state_dict(tensor(b"K\x02\x85", b"K\x01\x85", b"K\x01")), "reaches beyond the 8 bytes"),
    "a negative offset": (state_dict(tensor(b"K\x02\x85", b"K\x01\x85", b"J\xff\xff\xff\xff")), "has no valid strides"),
    "a negative stride": (state_dict(tensor(b"K\x02\x85", b"J\xff\xff\xff\xff\x85")), "has no valid strides"),
    "a negative side": (state_dict(tensor(b"J\xff\xff\xff\xff\x85", b"K\x01\x85")), "has no valid shape"),
    "a side that is no number": (state_dict(tensor(text("2") + b"\x85", b"K\x01\x85")), "has no valid shape"),
    "a shape beyond counting": (state_dict(tensor(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", b"K\x00K\x00\x86")), "is too large"),
    "too many dimensions": (state_dict(tensor(b"(" + b"K\x01" * 9 + b"t", b"(" + b"K\x01" * 9 + b"t")), "has 9 dimensions"),
    "text longer than the file": (START + b"X\xff\xff\xff\xffa.", "the pickle is cut off"),
    "bytes longer than any file": (START + b"\x8e" + b"\xff" * 8 + b"a.", "the pickle is cut off"),
    "an integer of a gigabyte": (START + b"\x8b\x00\x00\x00\x40.", "an integer of 1073741824 bytes"),
    "an integer of many digits": (b"L" + b"9" * 100 + b"L\n.", "a line that is no integer"),
    "a memo entry never stored": (START + b"h\x05.", "recalls entry 5"),
    "an empty stack": (START + b".", "takes a value that is not there"),
    "a group never begun": (START + b"t.", "ends a group that it never began"),
    "no end": (START + b"}", "the pickle is cut off"),
    "an unknown opcode": (START + b"\xfe.", "0xfe is no opcode of a pickle"),
    "a protocol of the future": (b"\x80\x06}.", "a protocol newer than 5"),
    "no tensors": (START + b"(K\x01l.", "holds no dict of tensors at its top"),
}

def archive(pickle, entries=(("a/data/0", struct.pack("<2f", 1, 2)),)):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for entry, content in [("a/data.pkl", pickle), ("a/byteorder", b"little"), *entries]:
            target.writestr(zipfile.ZipInfo(entry), content)
    return stream.getvalue()

def patch(content, old, new):
    assert content.count(old) >= 1 and len(old) == len(new)
    return content.replace(old, new)

good = archive(state_dict(tensor(b"K\x02\x85", b"K\x01\x85")))
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
    target.writestr(zipfile.ZipInfo("a/data.pkl"), state_dict(tensor(b"K\x02\x85", b"K\x01\x85")))
    target.writestr(zipfile.ZipInfo("a/data/0"), bytes(1 << 22), zipfile.ZIP_DEFLATED)
bombed = bomb.getvalue()
archives = {
    "an archive of something else": (b"PK\x03\x04" + bytes(40), "table of contents is missing"),
    "a truncated archive": (good[: len(good) // 2], "table of contents is missing"),
    "an archive cut by its last byte": (good[:-1], "table of contents is missing"),
    "a storage of the wrong size": (archive(state_dict(tensor(b"K\x02\x85", b"K\x01\x85")), [("a/data/0", bytes(12))]), "has 12 bytes where 8 are due"),
    "a storage that is missing": (archive(state_dict(tensor(b"K\x02\x85", b"K\x01\x85")), []), "has no entry a/data/0"),
    "a changed value": (patch(good, struct.pack("<2f", 1, 2), struct.pack("<2f", 1, 3)), "the checksum of a/data/0 is wrong"),
    "a storage that unpacks to megabytes": (bombed, "has 4194304 bytes where 8 are due"),
    "a bomb that lies about its size": (patch(bombed, struct.pack("<I", 1 << 22), struct.pack("<I", 8)), "cannot be unpacked to the 8 bytes it claims"),
    "two pickles": (archive(state_dict(b"N"), [("b/data.pkl", b"N.")]), "not one that torch.save wrote"),
    "a TorchScript program": (archive(state_dict(b"N"), [("a/constants.pkl", b"N.")]), "TorchScript"),
}
stream = io.BytesIO()
with zipfile.ZipFile(stream, "w") as target:
    target.writestr(zipfile.ZipInfo("a/data.pkl"), state_dict(b"N"))
    target.writestr(zipfile.ZipInfo("a/byteorder"), b"big")
archives["a big-endian file"] = (stream.getvalue(), "big-endian machine")

hostile = [{"name": key, "as": "pickle", "refusal": refusal, "bytes": base64.b64encode(content).decode()} for key, (content, refusal) in pickles.items()]
hostile += [{"name": f"{key}, in an archive", "as": "archive", "refusal": refusal, "bytes": base64.b64encode(archive(content)).decode()} for key, (content, refusal) in pickles.items()]
hostile += [{"name": key, "as": "archive", "refusal": refusal, "bytes": base64.b64encode(content).decode()} for key, (content, refusal) in archives.items()]
(OUT / "hostile.json").write_text(json.dumps(hostile, indent=0) + "\n")
print({path.name: path.stat().st_size for path in sorted(OUT.rglob("*")) if path.is_file()})
