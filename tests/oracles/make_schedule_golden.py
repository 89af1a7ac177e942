"""Learning rates by PyTorch -> golden/learning-rates.json. Run: python tests/oracles/make_schedule_golden.py"""

import json
from pathlib import Path

import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)


def rates(make, rate, steps):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = make(optimiser)
    values = []
    for step in range(steps):
        values.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        if step + 1 < steps:
            schedule.step()
    return values


def warmup(optimiser, steps):
    return LinearLR(optimiser, start_factor=1 / steps, total_iters=steps - 1)


cases = []
for rate, steps in [(2e-3, 4), (2e-3, 27), (0.1, 200)]:
    one_cycle = rates(lambda o: OneCycleLR(o, max_lr=rate, total_steps=steps), rate, steps)
    cosine = rates(lambda o: CosineAnnealingLR(o, T_max=steps), rate, steps)
    cases.append({"maxLearningRate": rate, "totalSteps": steps, "oneCycle": one_cycle, "cosine": cosine})

warm = []
for rate, steps, rising, every, factor in [(2e-3, 27, 5, 6, 0.1), (0.1, 200, 30, 40, 0.5), (1e-4, 12, 2, 3, 0.9)]:
    warm.append(
        {
            "maxLearningRate": rate,
            "totalSteps": steps,
            "warmupSteps": rising,
            "decayEverySteps": every,
            "decayFactor": factor,
            "constant": rates(lambda o: warmup(o, rising), rate, steps),
            "cosine": rates(
                lambda o: SequentialLR(
                    o, [warmup(o, rising), CosineAnnealingLR(o, T_max=steps - rising)], milestones=[rising]
                ),
                rate,
                steps,
            ),
            "step": rates(
                lambda o: ChainedScheduler([warmup(o, rising), StepLR(o, step_size=every, gamma=factor)]), rate, steps
            ),
            "stepAlone": rates(lambda o: StepLR(o, step_size=every, gamma=factor), rate, steps),
        }
    )

golden = {
    "source": f"torch {torch.__version__}, OneCycleLR and CosineAnnealingLR with default arguments, LinearLR before "
    "CosineAnnealingLR (SequentialLR), LinearLR times StepLR (ChainedScheduler)",
    "cases": cases,
    "warm": warm,
}
Path(__file__).with_name("golden").joinpath("learning-rates.json").write_text(json.dumps(golden) + "\n")
