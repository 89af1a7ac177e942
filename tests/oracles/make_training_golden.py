"""PyTorch's view of every choice of a training session, as tests/oracles/golden/training-choices.json.

    for ages in class years expected-years; do node tests/oracles/write-initial-weights.ts resnet18 7 /tmp/w-$ages.safetensors $ages; done
    python tests/oracles/make_training_golden.py --weights /tmp/w

ResNet-18 at 32 px, batches of 8. The reference is PyTorch in float64, its own losses and optimisers wherever it has
them. Of some tensors the file holds the first gradient and the change since the start, each as its norm and 8 evenly
spaced values. Norms start at a scale of 0.25 and a shift of 1, head weights at a half: then hardly an activation lies
near ReLU's kink, where rounding alone decides whether it has a gradient and strays by percents within two steps;
make_resnet_golden.py compares the network as it really starts. `yardstick` says how far rounding alone strays here, of
whole tensors: the larger of PyTorch in float32, and of 2 runs in float64 with noise of float32's rounding added to every
convolution's output (see make_resnet_golden.py). Decay is strong, so that a missing one shows.
"""
import argparse, json, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from safetensors.torch import load_file
from make_resnet_golden import MEAN, STD, Net, add_rounding_noise, make_batch

SIZE, BATCH, SEED = 32, 8, 7
WATCHED = ["conv1.weight", "bn1.weight", "layer2.0.downsample.0.weight", "layer3.0.conv1.weight", "layer4.1.conv2.weight",
           "layer4.1.bn2.bias", "bn1.running_mean", "layer4.1.bn2.running_var",
           *(f"head.{t}.{p}" for t in ("age", "gender", "race") for p in ("weight", "bias")),
           *(f"loss.{t}.log_variance" for t in ("age", "gender", "race"))]

SGD = {"kind": "sgd", "momentum": 0.9, "nesterov": False, "weightDecay": 5, "decayNormsAndBiases": True}
ADAM = {"kind": "adamw", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 5, "decayNormsAndBiases": True}

def soft_rows(n, width): 
    rows = np.exp(-0.5 * ((np.arange(n)[:, None] - np.arange(n)[None]) / width) ** 2)
    return rows / rows.sum(1, keepdims=True)

def ordinal_rows(middles, decades):
    rows = np.exp(-np.abs(np.subtract.outer(middles, middles)) / (10 * decades))
    return rows / rows.sum(1, keepdims=True)

def smoothed(weights, eps):
    n = len(weights)
    return (1 - eps) * np.diag(weights) + eps / n * np.tile(weights, (n, 1)), weights

def entropy(targets, weights, reference):
    return {"kind": "cross-entropy", "targets": [float(np.float32(v)) for v in np.ravel(targets)], "weights": [float(np.float32(v)) for v in weights], "reference": reference}

AGE_WEIGHTS, RACE_WEIGHTS = [2, 0.5, 1, 0.25, 3, 1, 1.5, 0.75, 1.25], [0.5, 0, 1.5, 1, 2, 0.25, 1]
YEARS = {kind: {"kind": kind} for kind in ("l1", "l2")} | {"huber": {"kind": "huber", "delta": 20}}

CHOICES = [
    {"name": "SGD without momentum, decay on everything", "optimiser": SGD | {"momentum": 0}, "lr": 1e-3},
    {"name": "SGD with momentum, decay on everything", "optimiser": SGD, "steps": 3, "lr": 1e-3},
    {"name": "SGD with Nesterov's momentum, norms and biases not decayed", "optimiser": SGD | {"nesterov": True, "decayNormsAndBiases": False}, "steps": 3, "lr": 1e-3},
    {"name": "Adam, decay joined to the gradient of everything", "optimiser": ADAM | {"kind": "adam"}, "lr": 1e-4},
    {"name": "Adam, norms and biases not decayed", "optimiser": ADAM | {"kind": "adam", "decayNormsAndBiases": False}, "lr": 1e-4},
    {"name": "AdamW, decay on everything", "optimiser": ADAM, "lr": 1e-4},
    {"name": "AdamW, norms and biases not decayed, other betas", "optimiser": ADAM | {"decayNormsAndBiases": False, "beta1": 0.8, "beta2": 0.95}, "lr": 1e-4},
    {"name": "label smoothing and class weights, one of them 0", "losses": {
        "age": entropy(*smoothed(np.array(AGE_WEIGHTS), 0.1), {"smoothing": 0.1}), "race": entropy(*smoothed(np.array(RACE_WEIGHTS), 0.2), {"smoothing": 0.2})}},
    {"name": "soft labels", "losses": {"age": entropy(soft_rows(9, 0.5), np.ones(9), {"soft": True})}},
    {"name": "ordinal labels", "losses": {"age": entropy(ordinal_rows([1, 6, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 75], 0.5), np.ones(9), {"soft": True})}},
    *({"name": f"{kind} of the head's own years", "ages": "years", "losses": {"age": loss}, "lr": {"l1": 5e-3, "l2": 1e-4, "huber": 5e-4}[kind]} for kind, loss in YEARS.items()),
    *({"name": f"{kind} of expected years", "ages": "expected-years", "losses": {"age": loss}, "lr": {"l1": 2e-3, "l2": 1e-5, "huber": 3e-5}[kind]} for kind, loss in YEARS.items()),
    {"name": "cross-entropy over years", "ages": "expected-years", "losses": {"age": {"kind": "cross-entropy"}}},
    {"name": "fixed weights, one of them 0", "lossWeights": {"age": 0.3, "gender": 2.5, "race": 0}},
    {"name": "learned uncertainty of cross-entropies", "combination": "uncertainty", "steps": 3},
    {"name": "learned uncertainty with years", "combination": "uncertainty", "ages": "years", "losses": {"age": YEARS["huber"]}, "lr": 3e-4, "steps": 3},
    {"name": "gradients clipped", "clipNorm": 10, "combination": "uncertainty"},
    {"name": "a clip that nothing reaches", "clipNorm": 1e4},
    {"name": "averaged weights", "averageDecay": 0.75, "steps": 3},
    {"name": "three batches to a step", "accumulate": 3},
    {"name": "three batches to a step, clipped and averaged", "accumulate": 3, "clipNorm": 5, "averageDecay": 0.9},
    {"name": "heads alone", "trainable": "heads", "steps": 3, "optimiser": SGD, "lr": 1e-3},
    {"name": "heads alone in years, averaged, with learned uncertainty", "trainable": "heads", "ages": "expected-years", "averageDecay": 0.75,
     "losses": {"age": YEARS["l1"]}, "combination": "uncertainty", "optimiser": ADAM, "lr": 1e-3},
]
DEFAULTS = {"ages": "class", "optimiser": SGD | {"momentum": 0, "weightDecay": 0}, "lr": 0.01, "steps": 2, "accumulate": 1, "losses": {}, "combination": "given",
            "lossWeights": {}, "trainable": "all", "clipNorm": None, "averageDecay": None}

def make_labels(count, ages):
    labels = make_batch(count, SIZE)[1]
    years = np.where(np.arange(count) % 5 == 3, -1, np.arange(count) * 13 % 90 + 0.5 * (np.arange(count) % 2))
    if ages == "expected-years": labels["age"] = torch.from_numpy(np.where(years < 0, -1, np.floor(years)).astype(np.int64))
    return labels, years

def task_loss(z, labels, years, spec, task, ages):
    """The loss, and whether it counts anything."""
    if spec is not None and spec["kind"] != "cross-entropy":
        known = years >= 0
        out = z[:, 0] if ages == "years" else (F.softmax(z, 1) * torch.arange(z.shape[1], dtype=z.dtype)).sum(1)
        a, b = out[known], years[known].to(z.dtype)
        return {"l1": lambda: F.l1_loss(a, b), "l2": lambda: F.mse_loss(a, b), "huber": lambda: F.huber_loss(a, b, delta=spec["delta"])}[spec["kind"]]()
    reference = (spec or {}).get("reference", {})
    known = labels >= 0
    if not known.any(): return (z * 0).sum()
    if "smoothing" in reference:
        weights = torch.tensor(spec["weights"], dtype=z.dtype)
        return F.cross_entropy(z, labels, weight=weights, label_smoothing=reference["smoothing"], ignore_index=-1)
    if "soft" in reference:
        rows = torch.tensor(spec["targets"], dtype=z.dtype).reshape(z.shape[1], -1)
        return F.cross_entropy(z[known], rows[labels[known]])
    return F.cross_entropy(z[known], labels[known])

def make_optimiser(options, lr, decayed, others, never):
    o = options
    groups = [{"params": decayed, "weight_decay": o["weightDecay"]}, {"params": others, "weight_decay": o["weightDecay"] if o["decayNormsAndBiases"] else 0}, {"params": never, "weight_decay": 0}]
    groups = [g for g in groups if g["params"]]
    if o["kind"] == "sgd": return torch.optim.SGD(groups, lr=lr, momentum=o["momentum"], nesterov=o["nesterov"], foreach=False)
    kind = torch.optim.Adam if o["kind"] == "adam" else torch.optim.AdamW
    return kind(groups, lr=lr, betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], foreach=False)

def run(choice, options, dtype, draw=None):
    c = DEFAULTS | choice
    outputs = {"age": {"class": 9, "years": 1, "expected-years": 101}[c["ages"]], "gender": 2, "race": 7}
    with torch.device("meta"): net = Net([2, 2, 2, 2], outputs)
    net.to_empty(device="cpu"); net.load_state_dict(load_file(f"{options.weights}-{c['ages']}.safetensors"), strict=False)
    with torch.no_grad():
        for k, p in net.named_parameters():
            if p.dim() == 1 and not k.startswith("head."): p.fill_(1 if k.endswith(".bias") else 0.25)
            if p.dim() == 2: p.mul_(0.5)
    net = net.to(dtype)
    if draw is not None: add_rounding_noise(net, draw)
    scales = {t: nn.Parameter(torch.zeros((), dtype=dtype)) for t in outputs} if c["combination"] == "uncertainty" else {}
    backbone = [p for k, p in net.named_parameters() if not k.startswith("head.")]
    net.train(c["trainable"] == "all")
    if c["trainable"] == "heads":
        for p in backbone: p.requires_grad_(False)
    named = {k: p for k, p in net.named_parameters() if p.requires_grad} | {f"loss.{t}.log_variance": s for t, s in scales.items()}
    statistics = {k: b for k, b in net.named_buffers() if not k.endswith("num_batches_tracked")} if c["trainable"] == "all" else {}
    decayed = [p for k, p in named.items() if p.dim() >= 2]
    others = [p for k, p in named.items() if p.dim() == 1]
    optimiser = make_optimiser(c["optimiser"], c["lr"], decayed, others, list(scales.values()))
    average = {k: v.detach().clone() for k, v in (named | statistics).items() if not k.startswith("loss.")}
    state = lambda: {k: v.detach().double().numpy().copy() for k, v in (named | statistics).items() if k in WATCHED}
    start, trace, gradients = state(), [], {}
    total = BATCH * c["accumulate"]
    images = make_batch(total, SIZE)[0]
    labels, years = make_labels(total, c["ages"])
    mean, std = (torch.tensor(v, dtype=dtype).view(1, 3, 1, 1) for v in (MEAN, STD))
    x = (torch.from_numpy(images).to(dtype) / 255 - mean) / std
    years = torch.from_numpy(years)
    for step in range(c["steps"]):
        optimiser.zero_grad()
        for batch in range(c["accumulate"]):
            part = slice(batch * BATCH, (batch + 1) * BATCH)
            losses, factors, loss = {}, {}, 0
            for t, z in net(x[part]).items():
                spec = c["losses"].get(t)
                losses[t] = task_loss(z, labels[t][part], years[part], spec, t, c["ages"])
                if scales:
                    in_years = spec is not None and spec["kind"] != "cross-entropy"
                    factor = torch.exp(-scales[t]) * (0.5 if in_years else 1)
                    loss, factors[t] = loss + factor * losses[t] + scales[t] / 2, factor.item()
                else:
                    factors[t] = c["lossWeights"].get(t, 1)
                    loss = loss + factors[t] * losses[t]
            (loss / c["accumulate"]).backward()
            record = {"loss": loss.item(), "losses": {t: l.item() for t, l in losses.items()}, "lossWeights": factors}
            if step == 0 and batch == 0: gradients = {k: p.grad.double().numpy() * c["accumulate"] for k, p in named.items() if k in WATCHED}
            trace.append(record)
        norm = torch.nn.utils.clip_grad_norm_(list(named.values()), c["clipNorm"] or float("inf"), foreach=False)
        record["gradientNorm"] = norm.item()
        optimiser.step()
        if c["averageDecay"] is not None:
            with torch.no_grad():
                for k, v in average.items(): v.lerp_((named | statistics)[k].detach(), 1 - c["averageDecay"])
    changes = lambda end: {k: v - start[k] for k, v in end.items()}
    averaged = {k: v.double().numpy() for k, v in average.items() if k in WATCHED} if c["averageDecay"] is not None else {}
    return {"start": start, "trace": trace, "gradients": gradients, "changes": changes(state()), "averages": changes(averaged)}

def summarise(tensors):
    out = {}
    for name in WATCHED:
        if name not in tensors: continue
        flat = tensors[name].reshape(-1)
        picks = flat[[i * flat.size // 8 for i in range(8)]] if flat.size >= 8 else flat
        out[name] = {"norm": float(f"{np.linalg.norm(flat):.7g}"), "values": [float(f"{v:.6g}") for v in picks]}
    return out

def shorten(value):
    """Nine digits, which is all of a float32."""
    if isinstance(value, float): return float(f"{value:.9g}")
    if isinstance(value, dict): return {k: shorten(v) for k, v in value.items()}
    return [shorten(v) for v in value] if isinstance(value, list) else value

def distance(ours, reference, start={}):
    """The largest distance of a tensor, relative to its reference; a change, to 2e-4 of what is changed if that is more, since float32 resolves no finer."""
    size = lambda k, v: max(np.linalg.norm(v), 2e-4 * np.linalg.norm(start.get(k, 0)))
    return max((float(np.linalg.norm(ours[k] - v) / size(k, v)) for k, v in reference.items() if size(k, v) > 0), default=0)

def main():
    p = argparse.ArgumentParser(); p.add_argument("--weights", required=True, help="path of the weight files up to -<ages>.safetensors")
    options = p.parse_args()
    torch.use_deterministic_algorithms(True); torch.set_num_threads(1)
    choices = []
    for choice in CHOICES:
        reference = run(choice, options, torch.float64)
        strays = [run(choice, options, torch.float32), *(run(choice, options, torch.float64, draw) for draw in range(2))]
        yard = {k: max(distance(s[k], reference[k], {} if k == "gradients" else reference["start"]) for s in strays) for k in ("gradients", "changes", "averages")}
        yard["loss"] = max(abs(a["loss"] - b["loss"]) for s in strays for a, b in zip(s["trace"], reference["trace"]))
        yard = {k: float(f"{v:.2g}") for k, v in yard.items()}
        print(f"{choice['name']}: {yard} norm {reference['trace'][-1]['gradientNorm']:.4g} loss {reference['trace'][0]['loss']:.4g} -> {reference['trace'][-1]['loss']:.4g}", flush=True)
        losses = {t: {k: v for k, v in loss.items() if k != "reference"} for t, loss in choice.get("losses", {}).items()}
        choices.append({**DEFAULTS, **choice, "losses": losses, "yardstick": yard, "trace": reference["trace"],
                        **{k: summarise(reference[k]) for k in ("gradients", "changes", "averages")}})
    golden = {"torch": torch.__version__, "seed": SEED, "size": SIZE, "batch": BATCH, "choices": choices}
    out = pathlib.Path(__file__).with_name("golden") / "training-choices.json"
    out.write_text(json.dumps(shorten(golden), separators=(",", ":")) + "\n"); print(out.stat().st_size, "bytes")

main()
