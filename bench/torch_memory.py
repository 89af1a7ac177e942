"""Peak memory of a training process in PyTorch: ResNet, three heads, AdamW, as one JSON line."""
import argparse, json, resource
import torch, torch.nn as nn, torch.nn.functional as F

p = argparse.ArgumentParser()
p.add_argument("--arch", default="resnet34"); p.add_argument("--size", type=int, default=224); p.add_argument("--batch", type=int, default=16)
p.add_argument("--threads", type=int, default=2); p.add_argument("--steps", type=int, default=3); p.add_argument("--layout", default="channels_last")
a = p.parse_args()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
started = peak()
torch.set_num_threads(a.threads)
normed = lambda i, o, k, s: nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o))

class Block(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.first, self.second = normed(i, o, 3, s), normed(o, o, 3, 1)
        self.shortcut = normed(i, o, 1, s) if s > 1 else nn.Identity()

    def forward(self, x):
        y = self.second(F.relu(self.first(x), inplace=True))
        y += self.shortcut(x)
        return F.relu(y, inplace=True)

blocks, width = [], 64
for stage, depth in enumerate([3, 4, 6, 3] if a.arch == "resnet34" else [2, 2, 2, 2]):
    for index in range(depth):
        blocks.append(Block(width, 64 << stage, 2 if stage and not index else 1))
        width = 64 << stage
net = nn.Sequential(normed(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())
heads = nn.ModuleList(nn.Linear(512, classes) for classes in (9, 2, 7))
layout = torch.channels_last if a.layout.endswith("channels_last") else torch.contiguous_format
narrow = torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.layout.startswith("bf16"))
net = net.to(memory_format=layout)
images = torch.randn(a.batch, 3, a.size, a.size).to(memory_format=layout)
labels = [torch.randint(0, head.out_features, (a.batch,)) for head in heads]
optimiser = torch.optim.AdamW([*net.parameters(), *heads.parameters()], 1e-3)
for _ in range(a.steps):
    optimiser.zero_grad()
    with narrow:
        embedding = net(images)
        answers = [head(embedding) for head in heads]
    sum(F.cross_entropy(answer.float(), label) for answer, label in zip(answers, labels)).backward()
    optimiser.step()
print(json.dumps({"torch": torch.__version__, "layout": a.layout, "startedMegabytes": started, "peakMegabytes": peak()}))
