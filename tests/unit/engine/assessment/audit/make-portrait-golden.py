"""Skin, quality and background of drawn pictures by numpy, scipy, scikit-image and scikit-learn, from the formulas alone:
python3 make-portrait-golden.py > portrait-golden.json. Pictures are whole-number formulas, which the test draws too."""

import json

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import ConvexHull
from scipy import stats
from scipy.stats import entropy, quantile_test
from skimage.color import rgb2lab
from skimage.draw import polygon2mask
from sklearn.cluster import KMeans

SIDE = 616
PLACES = np.array([[251, 272], [364, 272], [308, 336], [262, 402], [355, 402]], float)


def draw(width, height, base, shade, cast):
    """`[height, width, 3]`: a base colour that falls off to the right and downwards, with grain; a stripe behind."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    grain = (x * 7919 + y * 104729 + (x * y) % 31 * 17) % 23
    rgb = np.stack([b - x * shade // width - y * shade // (3 * height) + grain // (1 + c) for c, b in enumerate(base)], -1)
    rgb = np.where(((x // 9 + y // 13) % 2 == 0)[..., None] & ((y < height // 6) | (x < width // 8))[..., None], rgb // 3, rgb)
    return np.clip(rgb + np.array(cast), 0, 255).astype(np.uint8)


def frontal():
    jaw = [[50 + 40 * np.cos(np.pi - i / 16 * np.pi), 45 + 45 * np.sin(np.pi - i / 16 * np.pi)] for i in range(17)]
    brows = [[x, 30] for x in (18, 24, 30, 36, 42, 58, 64, 70, 76, 82)]
    nose = [[50, y] for y in (40, 46, 52, 58)] + [[x, 64] for x in (42, 46, 50, 54, 58)]
    eyes = [[24, 40], [29, 37], [33, 37], [38, 40], [33, 43], [29, 43], [62, 40], [67, 37], [71, 37], [76, 40], [71, 43], [67, 43]]
    mouth = [[36, 74], [41, 72], [46, 71], [50, 72], [54, 71], [59, 72], [64, 74], [59, 78], [54, 80], [50, 80], [46, 80], [41, 78]]
    inner = [[39, 74], [46, 74], [50, 74], [54, 74], [61, 74], [54, 76], [50, 77], [46, 76]]
    return np.array(jaw + brows + nose + eyes + mouth + inner, float)


def align(points):
    """Least squares over (a, b, dx, dy), solved outright."""
    five = np.array([(points[36] + points[39]) / 2, (points[42] + points[45]) / 2, points[30], points[48], points[54]])
    rows, goal = [], []
    for (x, y), (u, v) in zip(five, PLACES):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        goal += [u, v]
    a, b, dx, dy = np.linalg.lstsq(np.array(rows), np.array(goal), rcond=None)[0]
    matrix = np.array([[a, -b], [b, a]])
    return matrix, np.array([dx, dy])


def sample(picture, matrix, shift):
    """The whole square, and where the picture shows it."""
    height, width = picture.shape[:2]
    u, v = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    x, y = np.tensordot(np.linalg.inv(matrix), np.stack([u - shift[0], v - shift[1]]), 1)
    rgb = np.stack([map_coordinates(picture[..., c].astype(float), [y, x], order=1) for c in range(3)], -1)
    shown = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return np.floor(rgb + 0.5).astype(np.uint8), shown


def inside(polygon):
    return polygon2mask((SIDE, SIDE), polygon[:, ::-1])


def skin(rgb, shown, p):
    left, right = (p[36] + p[39]) / 2, (p[42] + p[45]) / 2
    middle = (left + right) / 2
    down = (p[8] - middle) * 0.15 * np.linalg.norm(right - left) / np.linalg.norm(p[8] - middle)
    edge = lambda i: p[i] + 0.15 * (p[30] - p[i])
    outline = [edge(1), edge(2), edge(3), p[31], p[33], p[35], edge(13), edge(14), edge(15)]
    outline += [p[i] + down for i in (45, 46, 47, 42)] + [p[28]] + [p[i] + down for i in (39, 40, 41, 36)]
    outline = np.array(outline)
    mask = inside(outline) & shown
    left_edge, top = int(np.ceil(outline[:, 0].min())), int(np.ceil(outline[:, 1].min()))
    rows = range(top, int(np.floor(outline[:, 1].max())), 2)
    columns = range(left_edge, int(np.floor(outline[:, 0].max())), 2)
    cells = [(r, c) for r in rows for c in columns if mask[r : r + 2, c : c + 2].all()]
    step = max(1, -(-len(cells) // 4000))
    smooth = np.array([np.floor(rgb[r : r + 2, c : c + 2].reshape(4, 3).mean(0) + 0.5) for r, c in cells[::step]]).astype(np.uint8)
    lab = rgb2lab(smooth[None])[0]
    data = np.stack([lab[:, 0], np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))], 1)
    order = data[np.argsort(data[:, 0], kind="stable")]
    start = order[[int(np.floor((i + 0.5) / 5 * len(order))) for i in range(5)]]
    labels = KMeans(5, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(data).labels_
    modes = []
    for one in range(5):
        own = data[labels == one]
        picked = []
        for values in own.T:
            counts, edges = np.histogram(values, "sturges")
            picked.append(edges[counts.argmax()])
        modes.append((picked[0], picked[1], len(own)))
    lightest = np.array(sorted(modes, reverse=True)[:3])
    return {
        "lightness": float(np.average(lightest[:, 0], weights=lightest[:, 2])),
        "hue": float(np.average(lightest[:, 1], weights=lightest[:, 2])),
        "rgb": np.round(smooth[::97]).tolist(),
        "lab": lab[::97].tolist(),
    }


def sig(x, x0, w):
    return 1 / (1 + np.exp((x0 - x) / w))


def score(value):
    return int(np.clip(np.floor(value + 0.5), 0, 100))


def linear(value):
    return np.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92)


def quality(picture, rgb, shown, q, p, pose, areas):
    """`q`: landmarks in the square, `p`: in the picture."""
    height, width = picture.shape[:2]
    hull = q[ConvexHull(q).vertices]
    mask = inside(hull) & shown
    level = np.floor(linear(rgb / 255) @ [0.2126, 0.7152, 0.0722] * 255 + 0.5).astype(int)
    levels = level[mask]
    mean, variance = (levels / 255).mean(), (levels / 255).var()
    left, right = (q[36] + q[39]) / 2, (q[42] + q[45]) / 2
    size = int(np.linalg.norm(right - left) * 0.3)
    down = int(np.linalg.norm((left + right) / 2 - (q[62] + q[66]) / 2) / 2)
    half_up = lambda value: int(np.floor(value + 0.5))
    zones = []
    for x, y in [(half_up(left[0]), half_up(left[1]) + down), (half_up(right[0]) - size, half_up(right[1]) + down)]:
        zone = np.zeros_like(mask)
        zone[y : y + size, x : x + size] = True
        zones.append(zone & mask)
    shares = [np.bincount(level[zone], minlength=256) / zone.sum() for zone in zones]
    r, g, b = linear((rgb[zones[0] | zones[1]] / 255).mean(0))
    white = np.array([[0.43605, 0.38508, 0.14309], [0.22249, 0.71689, 0.06062], [0.01393, 0.0971, 0.71419]]) @ [r, g, b]
    fx, fy, fz = [np.cbrt(t) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in white / [0.964221, 1, 0.825211]]
    a_star, b_star = 500 * (fx - fy), 200 * (fy - fz)
    off = np.hypot(max(0, 5 - a_star, a_star - 25), max(0, 5 - b_star, b_star - 35)) if a_star >= 0 and b_star >= 0 else 100
    left, right = (p[36] + p[39]) / 2, (p[42] + p[45]) / 2
    middle, apart = (left + right) / 2, np.linalg.norm(right - left)
    t = np.linalg.norm(p[8] - middle)
    gap = lambda i, j: np.linalg.norm(p[i] - p[j])
    opening = min(max(gap(37, 41), gap(38, 40)), max(gap(43, 47), gap(44, 46)))
    mouth = max(gap(61, 67), gap(62, 66), gap(63, 65))
    turned = lambda degrees: score(100 * max(0, np.cos(np.radians(degrees))) ** 2)
    ordered = sorted(areas, reverse=True) + [0]
    return {
        "illuminationUniformity": score(100 * np.minimum(*shares).sum() ** 0.3),
        "luminanceMean": score(100 * sig(mean, 0.2, 0.05) * (1 - sig(mean, 0.8, 0.05))),
        "luminanceVariance": score(100 * np.sin(60 * variance / (60 * variance + 1) * np.pi)),
        "underExposurePrevention": score(120 * (0.832 - sig((levels <= 25).mean(), 0.92, 0.05))),
        "overExposurePrevention": score(1 / ((levels >= 247).mean() + 0.01)),
        "dynamicRange": score(12.5 * entropy(np.bincount(levels), base=2)),
        "naturalColour": score(200 * (1 - sig(off, 0, 10))),
        "singleFacePresent": score(100 * (1 - ordered[1] / ordered[0])),
        "eyesOpen": score(100 * sig(opening / t, 0.02, 0.01)),
        "mouthClosed": score(100 * (1 - sig(mouth / t, 0.2, 0.06))),
        "interEyeDistance": score(100 * sig(apart / np.cos(np.radians(pose["yaw"])), 70, 20)),
        "headSize": score(200 * (1 - sig(abs(t / height - 0.45), 0, 0.05))),
        "leftwardCrop": score(100 * sig(right[0] / apart, 0.9, 0.1)),
        "rightwardCrop": score(100 * sig((width - left[0]) / apart, 0.9, 0.1)),
        "marginAbove": score(100 * sig(middle[1] / t, 1.4, 0.1)),
        "marginBelow": score(100 * sig((height - middle[1]) / t, 1.8, 0.1)),
        "headPoseYaw": turned(pose["yaw"]),
        "headPosePitch": turned(pose["pitch"]),
        "headPoseRoll": turned(pose["roll"]),
    }


def background(picture, boxes):
    height, width = picture.shape[:2]
    cell = max(1, max(width, height) / 64)
    columns, rows = max(1, int(width / cell + 0.5)), max(1, int(height / cell + 0.5))
    step = max(1, int(cell // 8))
    means = np.zeros((rows, columns, 3))
    behind = np.ones((rows, columns), bool)
    for r in range(rows):
        for c in range(columns):
            ys = np.arange(r * height // rows, (r + 1) * height / rows, step)
            xs = np.arange(c * width // columns, (c + 1) * width / columns, step)
            means[r, c] = picture[np.ix_(ys.astype(int), xs.astype(int))].reshape(-1, 3).mean(0)
            x, y = (c + 0.5) * width / columns, (r + 0.5) * height / rows
            for left, top, w, h in boxes:
                if left - w / 4 <= x <= left + 1.25 * w and top - h / 4 <= y <= top + 1.25 * h:
                    behind[r, c] = False
    if behind.mean() < 0.05:
        return None
    lab = rgb2lab(np.floor(means + 0.5).astype(np.uint8))
    light = lab[..., 0]
    across = np.abs(np.diff(light, axis=1))[behind[:, 1:] & behind[:, :-1]]
    down = np.abs(np.diff(light, axis=0))[behind[1:] & behind[:-1]]
    return {
        "lightness": float(light[behind].mean()),
        "spread": float(light[behind].std()),
        "detail": float(np.concatenate([across, down]).mean()),
        "chroma": float(np.hypot(lab[..., 1], lab[..., 2])[behind].mean()),
    }


cases = []
for width, height, base, shade, cast, side, at, roll, yaw in [
    (260, 300, [232, 186, 150], 70, [0, 0, 0], 150, (55, 80), 4, 6),
    (120, 120, [120, 84, 62], 40, [6, 2, -4], 80, (22, 20), -9, 25),
    (900, 700, [252, 236, 224], 20, [6, 12, 10], 330, (250, 130), 0, -12),
    (200, 200, [60, 40, 28], 34, [-12, -8, -6], 110, (50, 60), 12, 40),
]:
    picture = draw(width, height, base, shade, cast)
    turn = np.radians(roll)
    points = (frontal() - 50) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * side / 100
    points = np.round(points + side / 2 + np.array(at), 2)
    boxes = [[at[0], at[1], side, side], [2, 3, side // 4, side // 5]][: 1 + roll % 2]
    pose = {"yaw": yaw, "pitch": -7, "roll": roll}
    matrix, shift = align(points)
    aligned = points @ matrix.T + shift
    rgb, shown = sample(picture, matrix, shift)
    cases.append(
        {
            "picture": {"width": width, "height": height, "base": base, "shade": shade, "cast": cast},
            "points": points.ravel().tolist(),
            "boxes": boxes,
            "pose": pose,
            "skin": skin(rgb, shown, aligned),
            "quality": quality(picture, rgb, shown, aligned, points, pose, [w * h for _, _, w, h in boxes]),
            "background": background(picture, boxes),
        }
    )

rng = np.random.default_rng(7)
medians = []
for n in (3, 5, 6, 20, 101, 3000):
    values = np.round(rng.normal(50, 9, n), 3)
    low, high = quantile_test(values, q=float(np.median(values)), p=0.5).confidence_interval(0.95)
    finite = lambda value: None if not np.isfinite(value) else float(value)
    medians.append({"values": values.tolist(), "expected": [float(np.median(values)), finite(low), finite(high)]})

# Pictures of one person: what the means square of a one-way analysis of variance say, and a linearised ratio over people.
sizes = [2, 2, 3, 5, 2, 8, 4, 2]
people = np.repeat(np.arange(len(sizes)), sizes)
values = np.round(np.repeat(rng.normal(60, 9, len(sizes)), sizes) + rng.normal(0, 5, len(people)), 2)
own = [values[people == one] for one in range(len(sizes))]
statistic = stats.f_oneway(*own).statistic
ss = np.array([((one - one.mean()) ** 2).sum() for one in own])
df = np.array([len(one) - 1 for one in own])
within = ss.sum() / df.sum()
influence = (ss - within * df) / df.sum()
error = np.sqrt(len(own) * influence.var(ddof=1))
half = stats.t.ppf(0.975, len(own) - 1) * error / (2 * within)
size = (len(values) - sum(s * s for s in sizes) / len(values)) / (len(sizes) - 1)
one_person = {
    "people": people.tolist(),
    "values": values.tolist(),
    "within": [float(np.sqrt(within)), float(np.sqrt(within) * np.exp(-half)), float(np.sqrt(within) * np.exp(half))],
    "between": float(np.sqrt(max(0, within * (statistic - 1) / size))),
    "across": int(sum((one >= 60).any() and (one < 60).any() for one in own)),
}

print(json.dumps({"cases": cases, "medians": medians, "onePerson": one_person}))
