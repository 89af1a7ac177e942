"""How far PyTorch's bf16 strays from its float32 over twenty steps, as tests/oracles/golden/resnet18-bf16.json.

    node tests/oracles/write-initial-weights.ts resnet18 7 /tmp/w.safetensors
    python tests/oracles/make_bf16_golden.py --weights /tmp/w.safetensors --seed 7

bf16 is torch.autocast on the CPU in channels_last, as PyTorch is fastest; weights and AdamW stay in float32. The file holds both
traces of losses, and the distances of the first gradients and of the last state, each over all tensors together and
relative to float32's.
"""
import argparse, json, pathlib
import numpy as np, torch, torch.nn.functional as F
from safetensors.torch import load_file
from make_resnet_golden import MEAN, STD, Net, make_batch

def run(options, is_bf16):
    torch.set_num_threads(1)
    net = Net([2, 2, 2, 2])
    net.load_state_dict(load_file(options.weights), strict=False)
    net = net.train().to(memory_format=torch.channels_last)
    images, labels = make_batch(options.batch, options.size)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    x = ((torch.from_numpy(images).float() / 255 - mean) / std).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=options.lr, weight_decay=options.decay, foreach=False)
    trace, gradients = [], {}
    for step in range(options.steps):
        optimiser.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_bf16):
            answers = net(x)
        loss = sum(F.cross_entropy(z.float(), labels[t], ignore_index=-1) for t, z in answers.items())
        loss.backward(); trace.append(loss.item())
        if step == 0: gradients = {k: p.grad.double().numpy().copy() for k, p in net.named_parameters()}
        optimiser.step()
    state = {k: v.double().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    return trace, gradients, state

def distance(ours, reference):
    far = sum(float(((ours[k] - reference[k]) ** 2).sum()) for k in reference)
    return (far / sum(float((reference[k] ** 2).sum()) for k in reference)) ** 0.5

def main():
    p = argparse.ArgumentParser()
    p.add_argument("--weights", required=True); p.add_argument("--seed", type=int, required=True)
    p.add_argument("--steps", type=int, default=20); p.add_argument("--batch", type=int, default=8); p.add_argument("--size", type=int, default=64)
    p.add_argument("--lr", type=float, default=1e-3); p.add_argument("--decay", type=float, default=1e-2)
    options = p.parse_args()
    wide, narrow = run(options, False), run(options, True)
    golden = {"torch": torch.__version__, **{k: getattr(options, k) for k in ("seed", "steps", "batch", "size", "lr", "decay")},
              "float32": wide[0], "bf16": narrow[0], "gradients": distance(narrow[1], wide[1]), "state": distance(narrow[2], wide[2])}
    out = pathlib.Path(__file__).with_name("golden") / "resnet18-bf16.json"
    out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(max(abs(a - b) for a, b in zip(wide[0], narrow[0])), golden["gradients"], golden["state"])

main()
