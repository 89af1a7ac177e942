"""Learning rates by PyTorch -> golden/learning-rates.json. Run: python tests/oracles/make_schedule_golden.py"""

import json
from pathlib import Path

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR


def rates(make, rate, steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = make(optimiser)
    values = []
    for step in range(steps):
        values.append(schedule.get_last_lr()[0])
        optimiser.step()
        if step + 1 < steps:
            schedule.step()
    return values


cases = []
for rate, steps in [(2e-3, 4), (2e-3, 27), (0.1, 200)]:
    one_cycle = rates(lambda o: OneCycleLR(o, max_lr=rate, total_steps=steps), rate, steps)
    cosine = rates(lambda o: CosineAnnealingLR(o, T_max=steps), rate, steps)
    cases.append({"maxLearningRate": rate, "totalSteps": steps, "oneCycle": one_cycle, "cosine": cosine})

golden = {"source": f"torch {torch.__version__}, OneCycleLR and CosineAnnealingLR with default arguments", "cases": cases}
Path(__file__).with_name("golden").joinpath("learning-rates.json").write_text(json.dumps(golden) + "\n")
