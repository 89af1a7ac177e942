"""Precision and recall of the greyscale check against a person's eye.

    python tests/oracles/greyscale_review.py draw FOLDER --seed 20 --count 300 --out SHEETS
    python tests/oracles/greyscale_review.py score FOLDER --labels tests/oracles/greyscale-labels.json --findings FINDINGS.json

`draw` takes that many of the folder's images at random and writes contact sheets, numbered, for somebody to look at; the
numbers of the black-and-white ones, toned prints included, go by hand into a file like greyscale-labels.json, before the
check's own answer is looked at. `score` draws the same images again and compares with what
`evenhand findings --kind greyscale --top 100000 --json` printed. Intervals are Wilson's, 95 %.
"""
import argparse, json, math, pathlib, random

def draw_names(folder, seed, count):
    names = sorted(p.name for p in pathlib.Path(folder).iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return random.Random(seed).sample(names, count)

def draw_sheets(options):
    from PIL import Image, ImageDraw
    names = draw_names(options.folder, options.seed, options.count)
    out = pathlib.Path(options.out); out.mkdir(parents=True, exist_ok=True)
    columns, rows, cell = 10, 6, 150
    for first in range(0, len(names), columns * rows):
        sheet = Image.new("RGB", (columns * cell, rows * (cell + 18)), (90, 90, 90)); pen = ImageDraw.Draw(sheet)
        for place, name in enumerate(names[first : first + columns * rows]):
            x, y = place % columns * cell, place // columns * (cell + 18)
            picture = Image.open(pathlib.Path(options.folder) / name).convert("RGB").resize((cell - 2, cell - 2))
            sheet.paste(picture, (x + 1, y + 18)); pen.text((x + 4, y + 3), str(first + place), fill="white")
        sheet.save(out / f"sheet-{first:04d}.png")

def wilson(hits, n, z=1.959963984540054):
    if n == 0: return None
    p = hits / n; middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {"value": p, "low": middle - half, "high": middle + half, "n": n}

def score(options):
    asked = json.loads(pathlib.Path(options.labels).read_text())
    names = draw_names(options.folder, asked["seed"], asked["count"])
    grey = {names[i] for i in asked["greyscale"]}
    answer = json.loads(pathlib.Path(options.findings).read_text())
    flagged = {pathlib.PurePosixPath(path).name for path in collect_files(answer)} & set(names)
    number = {name: i for i, name in enumerate(names)}
    print(json.dumps({
        "drawn": len(names), "greyscale by eye": len(grey), "flagged": len(flagged),
        "precision": wilson(len(flagged & grey), len(flagged)), "recall": wilson(len(flagged & grey), len(grey)),
        "flagged but in colour": sorted(number[n] for n in flagged - grey), "missed": sorted(number[n] for n in grey - flagged),
    }, indent=1))

def collect_files(value):
    if isinstance(value, dict):
        if isinstance(value.get("file"), str): yield value["file"]
        for child in value.values(): yield from collect_files(child)
    elif isinstance(value, list):
        for child in value: yield from collect_files(child)

def main():
    parser = argparse.ArgumentParser(); commands = parser.add_subparsers(required=True)
    d = commands.add_parser("draw"); d.add_argument("folder"); d.add_argument("--seed", type=int, required=True)
    d.add_argument("--count", type=int, default=300); d.add_argument("--out", required=True); d.set_defaults(work=draw_sheets)
    s = commands.add_parser("score"); s.add_argument("folder"); s.add_argument("--labels", required=True); s.add_argument("--findings", required=True); s.set_defaults(work=score)
    options = parser.parse_args(); options.work(options)

if __name__ == "__main__": main()
