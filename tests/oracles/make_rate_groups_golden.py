"""Writes tests/oracles/golden/rate-groups.json: near pairs by group, by leaving each person out in turn.

Plain loops over all pairs, with nothing in common with the engine. python3 tests/oracles/make_rate_groups_golden.py
"""
import itertools, json, math, random
from pathlib import Path

random.seed(4)
Z = 1.959963984540054
points, people, labels, pools = 240, [], [], []
person = 0
while len(people) < points:
    pools.append(0 if person < 60 else 1)
    label = random.choice(["a", "a", "b", "c"])
    for _ in range(random.randint(1, 4)):
        people.append(person)
        labels.append(label if random.random() < 0.9 else random.choice(["a", "b", None]))
    person += 1
people, labels = people[:points], labels[:points]
# Some people look like many, so that pairs hang together.
common = [random.random() ** 4 for _ in range(person)]
near = [
    (i, j)
    for i, j in itertools.combinations(range(points), 2)
    if random.random() < 0.4 * common[people[i]] * common[people[j]] * (1.6 if labels[i] == "b" else 1)
]
hits = set(near)


def count(keep, group):
    n = h = 0
    for i, j in itertools.combinations(range(points), 2):
        if people[i] == people[j] or pools[people[i]] != pools[people[j]]:
            continue
        if labels[i] != group or labels[j] != group or people[i] == keep or people[j] == keep:
            continue
        n += 1
        h += (i, j) in hits
    return h, n


def spread(names):
    h = sum(count(None, g)[0] for g in names)
    n = sum(count(None, g)[1] for g in names)
    without = []
    for g in names:
        for who in sorted({people[i] for i in range(points) if labels[i] == g}):
            hw, nw = count(who, g)
            h0, n0 = count(None, g)
            left = n - n0 + nw
            if left:
                without.append((h - h0 + hw) / left)
    mean = sum(without) / len(without)
    variance = (len(without) - 1) / len(without) * sum((x - mean) ** 2 for x in without)
    share = h / n
    return max(1.0, variance * n / (share * (1 - share)))


def wilson(share, n):
    z2 = Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


names = sorted({g for g in labels if g})
groups = []
for g in names:
    h, n = count(None, g)
    low, high = wilson(h / n, n / spread([g] if h >= 10 else names))
    groups.append(
        dict(group=g, images=labels.count(g), people=len({people[i] for i in range(points) if labels[i] == g}),
             near=h, pairs=n, value=h / n, low=0.0 if h == 0 else low, high=high)
    )

# Each person's most frequent label; ties go by name.
mine = {}
for who in range(person):
    own = [labels[i] for i in range(points) if people[i] == who and labels[i]]
    if own:
        mine[who] = min(names, key=lambda g: (-own.count(g), g))
size = {who: sum(1 for i in range(points) if people[i] == who and labels[i]) for who in mine}
pairs = [(people[i], people[j]) for i, j in near
         if people[i] != people[j] and pools[people[i]] == pools[people[j]] and people[i] in mine and people[j] in mine]


def departure(label):
    n, h = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for pool in (0, 1):
        for g in names:
            inside = [size[w] for w in label if label[w] == g and pools[w] == pool]
            n[g] += (sum(inside) ** 2 - sum(x * x for x in inside)) / 2
    for a, b in pairs:
        if label[a] == label[b]:
            h[label[a]] += 1
    share = sum(h.values()) / sum(n.values())
    return sum((h[g] - share * n[g]) ** 2 / (share * n[g]) for g in names if n[g])


observed, far, rounds = departure(mine), 0, 999
for _ in range(rounds):
    dealt = {}
    for pool in (0, 1):
        who = [w for w in mine if pools[w] == pool]
        given = [mine[w] for w in who]
        random.shuffle(given)
        dealt.update(zip(who, given))
    far += departure(dealt) >= observed - 1e-12
target = Path(__file__).parent / "golden/rate-groups.json"
target.write_text(json.dumps(dict(labels=labels, people=people, pools=pools, near=near, groups=groups,
                                  p=(far + 1) / (rounds + 1))) + "\n")
print(groups, (far + 1) / (rounds + 1))
