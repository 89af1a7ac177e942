"""One training recipe in plain PyTorch, to hold a run of Evenhand beside it: same split, same choices, other code.

python train_recipe.py SPLIT.csv IMAGES --recipe '{"tasks":["age","gender"],"age":"years",...}' --seed 1

SPLIT.csv is `evenhand split export`, IMAGES the folder above the data set's. Years are read from UTKFace's file names. Network and initialisation follow torchvision's resnet18 and resnet34; batches, crops and
weights are drawn by PyTorch, so two runs agree in distribution and not number by number. One JSON line per epoch on
stderr, the result on stdout: the epoch with the best mean accuracy over the tasks, as Evenhand chooses it.
"""
import argparse, csv, json, pathlib, re, sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
from PIL import Image

BINS = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+"]
STARTS = np.array([0, 3, 10, 20, 30, 40, 50, 60, 70])
DEFAULTS = {"tasks": ["age", "gender", "race"], "age": "bins", "ageLoss": "l1", "weights": {}, "arch": "resnet18", "size": 64,
            "epochs": 12, "batch": 64, "optimiser": "adam", "rate": 1e-3, "decay": 0.0, "schedule": "one-cycle"}

p = argparse.ArgumentParser()
p.add_argument("split"); p.add_argument("images"); p.add_argument("--recipe", default="{}")
p.add_argument("--seed", type=int, default=1); p.add_argument("--threads", type=int, default=2)
a = p.parse_args()
r = {**DEFAULTS, **json.loads(a.recipe)}
torch.manual_seed(a.seed); torch.set_num_threads(a.threads); random = np.random.default_rng(a.seed)

rows = list(csv.DictReader(open(a.split, encoding="utf-8")))
names = {t: BINS if t == "age" else sorted({row[t] for row in rows if row[t]}) for t in r["tasks"]}

def load(part):
    mine = [row for row in rows if row["part"] == part]
    images = torch.empty(len(mine), 3, r["size"], r["size"], dtype=torch.uint8)
    for i, row in enumerate(mine):
        image = Image.open(f"{a.images}/{row['image']}").convert("RGB").resize((r["size"], r["size"]), Image.BILINEAR)
        images[i] = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)
    classes = {t: torch.tensor([names[t].index(row[t]) if row[t] else -1 for row in mine]) for t in r["tasks"]}
    years = torch.tensor([float(m[1]) if (m := re.match(r"(\d{1,3})_\d_", pathlib.PurePath(row["image"]).name)) else -1.0 for row in mine])
    return images, classes, years

class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        conv = lambda i, kernel, s: nn.Sequential(nn.Conv2d(i, outputs, kernel, s, kernel // 2, bias=False), nn.BatchNorm2d(outputs))
        self.first, self.second = conv(inputs, 3, stride), conv(outputs, 3, 1)
        self.shortcut = conv(inputs, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))

def make_resnet(depths):
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]; width = 64
    for stage, depth in enumerate(depths):
        for block in range(depth):
            layers.append(Block(width, 64 << stage, 2 if stage and not block else 1)); width = 64 << stage
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    for module in net.modules():
        if isinstance(module, nn.Conv2d): nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return net

train, val = load("train"), load("val")
backbone = make_resnet([2, 2, 2, 2] if r["arch"] == "resnet18" else [3, 4, 6, 3])
heads = nn.ModuleDict({t: nn.Linear(512, 1 if t == "age" and r["age"] == "years" else len(names[t])) for t in r["tasks"]})
if r["age"] == "years" and "age" in heads: nn.init.constant_(heads["age"].bias, train[2][train[2] >= 0].mean().item())
net = nn.ModuleDict({"backbone": backbone, "heads": heads}).to(memory_format=torch.channels_last)
mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1) * 255; std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1) * 255

def forward(x):
    e = net["backbone"](((x.float() - mean) / std).contiguous(memory_format=torch.channels_last))
    return {t: h(e) for t, h in net["heads"].items()}

def task_loss(t, out, classes, years):
    if t == "age" and r["age"] == "years":
        known = years >= 0; error = out[:, 0][known] - years[known]
        return error.abs().mean() if r["ageLoss"] == "l1" else (error**2).mean()
    return F.cross_entropy(out, classes, ignore_index=-1)

def augment(x):
    pad = r["size"] // 10; padded = F.pad(x.float(), (pad,) * 4, mode="reflect").byte(); out = torch.empty_like(x)
    for i in range(len(x)):
        dy, dx = random.integers(0, 2 * pad + 1, 2); crop = padded[i, :, dy:dy + r["size"], dx:dx + r["size"]]
        out[i] = crop.flip(2) if random.random() < 0.5 else crop
    return out

steps = len(train[0]) // r["batch"]; total = steps * r["epochs"]
make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[r["optimiser"]]
decayed = [q for q in net.parameters() if q.ndim > 1]; plain = [q for q in net.parameters() if q.ndim <= 1]
optimiser = make([{"params": decayed, "weight_decay": r["decay"]}, {"params": plain, "weight_decay": 0.0}], lr=r["rate"])
schedule = (torch.optim.lr_scheduler.OneCycleLR(optimiser, r["rate"], total_steps=total, cycle_momentum=False)
            if r["schedule"] == "one-cycle" else torch.optim.lr_scheduler.ConstantLR(optimiser, 1.0))
best, started = None, time.time()
for epoch in range(1, r["epochs"] + 1):
    net.train(); order = torch.from_numpy(random.permutation(len(train[0]))); running = 0.0
    for step in range(steps):
        chosen = order[step * r["batch"]:(step + 1) * r["batch"]]
        out = forward(augment(train[0][chosen]))
        loss = sum(r["weights"].get(t, 1) * task_loss(t, out[t], train[1][t][chosen], train[2][chosen]) for t in r["tasks"])
        optimiser.zero_grad(); loss.backward(); optimiser.step(); schedule.step(); running += loss.item() / steps
    net.eval(); answers = {t: [] for t in r["tasks"]}
    with torch.no_grad():
        for start in range(0, len(val[0]), 256):
            for t, o in forward(val[0][start:start + 256]).items(): answers[t].append(o)
    result = {"epoch": epoch, "trainLoss": round(running, 4), "seconds": round(time.time() - started)}
    for t in r["tasks"]:
        out, truth = torch.cat(answers[t]), val[1][t]
        if t == "age" and r["age"] == "years":
            years = out[:, 0].numpy(); known = val[2].numpy() >= 0
            guess = torch.from_numpy(np.clip(np.searchsorted(STARTS, np.floor(years), side="right") - 1, 0, 8))
            result["mae"] = float(np.abs(years - val[2].numpy())[known].mean())
        else: guess = out.argmax(1)
        result[t] = float((guess == truth)[truth >= 0].float().mean())
    result["score"] = float(np.mean([result[t] for t in r["tasks"]]))
    print(json.dumps(result), file=sys.stderr, flush=True)
    if best is None or result["score"] > best["score"]: best = result
print(json.dumps({"torch": torch.__version__, "seed": a.seed, "recipe": r, "train": len(train[0]), "val": len(val[0]), "last": result, "best": best}))
