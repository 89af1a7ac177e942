"""PyTorch's view of our training step, as tests/oracles/golden/<arch>-step.json or <arch>-<optimiser>.json.

    node tests/oracles/write-initial-weights.ts resnet18 9 /tmp/w.safetensors
    python tests/oracles/make_resnet_golden.py --arch resnet18 --weights /tmp/w.safetensors --seed 9 --steps 20 [--optimiser sgd|adam --lr 1e-4 --draws 4] [--end]

The reference values are PyTorch's in float64. Two yardsticks say how far rounding alone strays from them: PyTorch in
float32, with one thread and with two, and the float64 gradients again with noise of float32's rounding (2^-22 of its
root mean square) added to every convolution's output, the largest of 12 draws: where an activation lies that close to
ReLU's kink, its gradient is there or is not. For each tensor the file holds its norm and 16 evenly spaced values.
"""
import argparse, json, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.torch import load_file

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
TASKS = {"age": 9, "gender": 2, "race": 7}

class Block(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        change = stride != 1 or inner != outer
        self.downsample = nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False), nn.BatchNorm2d(outer)) if change else nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))

class Net(nn.Module):
    def __init__(self, depths, tasks=TASKS):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        width = 64
        for stage, depth in enumerate(depths):
            blocks = []
            for index in range(depth):
                blocks.append(Block(width, 64 << stage, 2 if stage and index == 0 else 1))
                width = 64 << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.head = nn.ModuleDict({task: nn.Linear(512, classes) for task, classes in tasks.items()})

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        embedding = x.mean((2, 3))
        return {task: head(embedding) for task, head in self.head.items()}

def mix(x):
    """The 32-bit mixer lowbias32 (Wellons 2018), also in tests/fixtures/golden-batch.ts."""
    x = x.astype(np.uint32)
    x ^= x >> np.uint32(16); x *= np.uint32(0x7FEB352D); x ^= x >> np.uint32(15); x *= np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))

def make_batch(batch, size):
    """Even images are 4x4 blocks of one colour, so that max pooling meets equal values; odd ones are noise."""
    n, c, y, x = np.meshgrid(*(np.arange(k) for k in (batch, 3, size, size)), indexing="ij")
    step = np.where(n % 2 == 0, 4, 1)
    images = (mix((((n * 3 + c) * size + y // step) * size) + x // step) >> np.uint32(24)).astype(np.uint8)
    index = np.arange(batch)
    labels = {"age": index * 5 % 9, "gender": np.where(index % 3 == 0, -1, index % 2), "race": np.where(index < 2, -1, index % 7)}
    return images, {task: torch.from_numpy(values.astype(np.int64)) for task, values in labels.items()}

def add_rounding_noise(net, draw):
    generator = torch.Generator().manual_seed(draw)
    def disturb(_module, _inputs, y):
        return y + 2.0**-22 * y.detach().pow(2).mean().sqrt() * torch.randn(y.shape, generator=generator, dtype=y.dtype)
    for module in net.modules():
        if isinstance(module, nn.Conv2d): module.register_forward_hook(disturb)

def run(options, dtype, threads, steps, draw=None):
    torch.set_num_threads(threads)
    net = Net([3, 4, 6, 3] if options.arch == "resnet34" else [2, 2, 2, 2])
    missing, unexpected = net.load_state_dict(load_file(options.weights), strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    net = net.to(dtype).train()
    if draw is not None: add_rounding_noise(net, draw)
    images, labels = make_batch(options.batch, options.size)
    mean, std = (torch.tensor(v, dtype=dtype).view(1, 3, 1, 1) for v in (MEAN, STD))
    x = (torch.from_numpy(images).to(dtype) / 255 - mean) / std
    common = {"lr": options.lr, "weight_decay": options.decay, "foreach": False}
    make = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": lambda p, **o: torch.optim.SGD(p, momentum=0.9, **o)}[options.optimiser]
    optimiser = make(net.parameters(), **common)
    trace, first, gradients = [], {}, {}
    for step in range(steps):
        optimiser.zero_grad()
        losses = {t: F.cross_entropy(z, labels[t], ignore_index=-1) for t, z in net(x).items()}
        loss = sum(losses.values()); loss.backward(); trace.append(loss.item())
        if step == 0:
            first = {t: l.item() for t, l in losses.items()}
            gradients = {k: p.grad.double().numpy().copy() for k, p in net.named_parameters()}
        optimiser.step()
    state = {k: v.double().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    return {"losses": first, "trace": trace, "gradients": gradients, "state": state}

def summarise(tensors):
    out = {}
    for name, tensor in tensors.items():
        flat = tensor.reshape(-1)
        picks = flat[[i * flat.size // 16 for i in range(16)]] if flat.size >= 16 else flat
        out[name] = {"norm": float(f"{np.linalg.norm(flat):.9g}"), "values": [float(f"{v:.7g}") for v in picks]}
    return out

def distance(ours, reference):
    """The largest distance of a tensor from its reference, relative to the reference's norm."""
    return max(float(np.linalg.norm(ours[k] - reference[k]) / (np.linalg.norm(reference[k]) + 1e-300)) for k in reference)

def write_end(options):
    """Where steps end: every optimiser starts from the same gradients, so the file holds the losses and the end alone, of every fifth tensor and the heads."""
    reference, single = (run(options, t, 1, options.steps) for t in (torch.float64, torch.float32))
    noisy = [run(options, torch.float64, 1, options.steps, draw) for draw in range(options.draws)]
    yard = {name: {"state": max(distance(r["state"], reference["state"]) for r in runs), "trace": max(float(np.abs(np.subtract(r["trace"], reference["trace"])).max()) for r in runs)}
            for name, runs in (("float32", [single]), ("float64 with rounding noise", noisy))}
    kept = {k: v for index, (k, v) in enumerate(reference["state"].items()) if index % 5 == 0 or k.startswith("head.")}
    golden = {"torch": torch.__version__, **{k: getattr(options, k) for k in ("arch", "optimiser", "seed", "steps", "batch", "size", "lr", "decay")},
              "yardstick": yard, "trace": reference["trace"], "state": summarise(kept)}
    out = pathlib.Path(__file__).with_name("golden") / f"{options.arch}-{options.optimiser}.json"
    out.write_text(json.dumps(golden, separators=(",", ":")) + "\n"); print(json.dumps(yard, indent=1), reference["trace"][::4])

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--arch", default="resnet18"); p.add_argument("--weights", required=True); p.add_argument("--seed", type=int, required=True)
    p.add_argument("--steps", type=int, default=20); p.add_argument("--batch", type=int, default=8); p.add_argument("--size", type=int, default=64)
    p.add_argument("--optimiser", default="adamw", choices=["adamw", "adam", "sgd"])
    p.add_argument("--end", action="store_true", help="hold the end of the steps alone, with AdamW too")
    p.add_argument("--draws", type=int, default=1, help="of rounding noise over all steps; the largest distance counts")
    p.add_argument("--lr", type=float, default=1e-3); p.add_argument("--decay", type=float, default=1e-2)
    options = p.parse_args()
    torch.use_deterministic_algorithms(True)
    if options.end or options.optimiser != "adamw": return write_end(options)
    reference, one, two = (run(options, t, n, options.steps) for t, n in ((torch.float64, 2), (torch.float32, 1), (torch.float32, 2)))
    yard = {name: {"loss": abs(r["trace"][0] - reference["trace"][0]), "gradient": distance(r["gradients"], reference["gradients"]),
                   "state": distance(r["state"], reference["state"]), "trace": float(np.abs(np.subtract(r["trace"], reference["trace"])).max())}
            for name, r in (("float32 1 thread", one), ("float32 2 threads", two))}
    yard["1 thread to 2 threads"] = {"gradient": distance(one["gradients"], two["gradients"]), "state": distance(one["state"], two["state"])}
    noisy = [distance(run(options, torch.float64, 2, 1, draw)["gradients"], reference["gradients"]) for draw in range(12)]
    yard["float64 with rounding noise"] = {"gradient": max(noisy)}
    golden = {"torch": torch.__version__, **{k: getattr(options, k) for k in ("arch", "seed", "steps", "batch", "size", "lr", "decay")},
              "yardstick": yard, "losses": reference["losses"], "trace": reference["trace"],
              "gradients": summarise(reference["gradients"]), "state": summarise(reference["state"])}
    out = pathlib.Path(__file__).with_name("golden") / f"{options.arch}-step.json"
    out.write_text(json.dumps(golden, separators=(",", ":")) + "\n"); print(json.dumps(yard, indent=1))

if __name__ == "__main__": main()
