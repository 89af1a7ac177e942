import { unborne, unborneUnopened } from './unborne.ts'

/**
 * The program in every bundle that checks it without Evenhand. Its text is a part of the bundle: a change of it is one of the bundle.
 */
export const verifyProgram = String.raw`#!/usr/bin/env python3
"""Verifies an audit bundle with Python 3.9 or later alone: python3 verify.py FILE.zip [--json].

Recomputes every hash, and every figure of groups, tasks and calibration from the answers; intervals that want a formula of the
normal distribution as well. What rests on random draws (bootstraps, gaps by chance) and what rests on Student's distribution is
left to evenhand verify; what is not looked at is told. Exit code 0 where all that was looked at holds, 4 where something does not, 2 for what is no bundle.
"""
import base64, csv, hashlib, io, json, math, re, struct, sys, zlib

VERSION = 1
NAME = re.compile(r"^(?!.*(^|/)\.)(?!.*//)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")
GROUPINGS = ["race", "gender", "age"]
REQUIRED = ["report.json", "predictions.csv", "members.csv", "systems.json", "ledger.json", "report.html", "verify.py",
            "README.md", "schemas/report.schema.json"]
UNBORNE = ${JSON.stringify(unborne)}
UNBORNE_UNOPENED = ${JSON.stringify(unborneUnopened)}
SIGNED = ["model.sig", "attestations/evaluation.sigstore.json", "signer.pem"]


class NoBundle(Exception):
    pass


class Raw(str):
    """A number as it is written: it goes into a hash as it stands."""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(value):
    if value is None: return "null"
    if value is True: return "true"
    if value is False: return "false"
    if isinstance(value, Raw): return str(value)
    if isinstance(value, (int, float)): return js_number(value)
    if isinstance(value, str): return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list): return "[" + ",".join(canonical(one) for one in value) + "]"
    return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + canonical(value[key]) for key in sorted(value)) + "}"


def js_number(value):
    """As JavaScript writes it: what hashes were made of."""
    if value == int(value) and abs(value) < 1e21: return str(int(value))
    text = repr(float(value))
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    digits = digits.rstrip("0")
    if -6 < point <= 0: return sign + "0." + "0" * -point + digits
    if 0 < point < len(digits): return sign + digits[:point] + "." + digits[point:]
    if len(digits) <= point <= 21: return sign + digits + "0" * (point - len(digits))
    tail = ("." + digits[1:]) if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def number(value):
    return None if value is None else float(value)


class Checks:
    def __init__(self):
        self.told, self.holding, self.left = [], {}, []

    def skip(self, line, what, why):
        self.left.append({"line": line, "what": what, "why": why})

    def check(self, line, kind, what, expected, found):
        if expected == found: self.holding[kind] = self.holding.get(kind, 0) + 1
        else: self.breaks(line, what, expected, found)

    def breaks(self, line, what, expected, found):
        self.told.append({"line": line, "what": what, "expected": str(expected), "found": str(found), "holds": False})

    def same(self, line, recorded, computed):
        a, b = number(recorded), computed
        if b is not None and isinstance(b, float) and math.isnan(b): b = None
        if a is None or b is None: ok = a is None and b is None
        else: ok = abs(a - b) <= 1e-12 + 1e-9 * max(abs(a), abs(b))
        if ok: self.holding["figures"] = self.holding.get("figures", 0) + 1
        else: self.breaks(line, "The report says it, and the answers give it", recorded, b)


def read_zip(data):
    def at(place, size): return int.from_bytes(data[place:place + size], "little")
    end = len(data) - 22
    if end < 0 or at(end, 4) != 0x06054B50: raise NoBundle("it does not end as a zip file of Evenhand does")
    count, size, start = at(end + 10, 2), at(end + 12, 4), at(end + 16, 4)
    if at(end + 8, 2) != count or at(end + 20, 2) != 0: raise NoBundle("its end speaks of other volumes or of a comment")
    if count > 1000: raise NoBundle(f"it claims {count} entries")
    if start + size != end: raise NoBundle("its table of contents is not where its end says")
    parts, place, following = {}, start, 0
    for _ in range(count):
        if place + 46 > end or at(place, 4) != 0x02014B50: raise NoBundle("its table of contents cannot be read")
        stop = place + 46 + at(place + 28, 2)
        path = data[place + 46:stop].decode("utf-8", "replace")
        if not NAME.match(path): raise NoBundle(f"it holds an entry named {path!r}")
        if path.lower() in (known.lower() for known in parts): raise NoBundle(f"it holds {path} twice")
        if at(place + 8, 2) & 1 or at(place + 10, 2) != 0 or at(place + 20, 4) != at(place + 24, 4):
            raise NoBundle(f"{path} is compressed or encrypted: bundles are stored as they are")
        head = at(place + 42, 4)
        if head != following or head + 30 > start or at(head, 4) != 0x04034B50: raise NoBundle(f"{path} is not where the table of contents says")
        name_end = head + 30 + at(head + 26, 2)
        if data[head + 30:name_end].decode("utf-8", "replace") != path: raise NoBundle(f"{path} is called otherwise where it lies")
        content = name_end + at(head + 28, 2)
        following = content + at(place + 24, 4)
        if following > start: raise NoBundle(f"{path} is cut off")
        parts[path] = data[content:following]
        if zlib.crc32(parts[path]) != at(place + 16, 4): raise NoBundle(f"the checksum of {path} is wrong")
        place = stop + at(place + 30, 2) + at(place + 32, 2)
    if place != end or following != start: raise NoBundle("it holds bytes that belong to no entry")
    return parts


def parse(data):
    return json.loads(data.decode("utf-8"), parse_float=Raw, parse_int=lambda text: int(text))


def check_manifest(parts, checks):
    manifest = parse(parts["manifest.json"])
    known = {"manifest.json"}
    for part in manifest["parts"]:
        path, known = part["path"], known | {part["path"]}
        if path not in parts:
            checks.breaks(f"part {path}", "The manifest lists it", part["sha256"], "it is not there")
            continue
        checks.check(f"part {path}", "parts", "A part is what the manifest lists", (part["sha256"], part["bytes"]),
                     (sha256(parts[path]), len(parts[path])))
    for path in parts:
        if path not in known and path not in SIGNED: checks.breaks(f"part {path}", "Every part is listed", "no such part", "it is there")
    for path in REQUIRED:
        if path not in known: checks.breaks(f"part {path}", "A bundle holds it", "listed", "not listed")


def check_ledger(report, part, checks):
    previous = "0" * 64
    for index, line in enumerate(part["lines"]):
        name = f"ledger line {index + 1}"
        if line["position"] != index + 1:
            checks.breaks(name, "No line is missing", index + 1, line["position"])
            return
        body = {key: line[key] for key in ("open", "position", "previous", "sealed")}
        body.update(ledger=part["ledger"], version=1)
        checks.check(name, "ledger lines", "A line is what was hashed", line["hash"], sha256(canonical(body).encode()))
        checks.check(name, "ledger lines", "A line follows the one before it", previous, line["previous"])
        previous = line["hash"]
    head = report["ledger"]
    last = part["lines"][-1]["open"].get("at") if part["lines"] else None
    checks.check("ledger head", "ledger head", "The ledger ends where the report says", (head["n"], head["sha256"], head["time"]),
                 (len(part["lines"]), previous, last))


def subject_of(line):
    return (line or {"open": {}})["open"].get("subject") or {}


def check_opening(report, part, checks):
    subject, test, lines = report["subject"], report["testPart"], part["lines"]
    bound = [one for one in lines if one["open"].get("kind") == "evaluated"]
    own = [one for one in bound if subject_of(one).get("evaluation") == subject["evaluationId"]] \
        or [one for one in bound if subject_of(one).get("predictionsSha256") == subject["predictionsSha256"]]
    evaluated = own[-1] if own else None
    if subject["part"] != "test":
        checks.check("opening", "opening", "Only a test part is opened", (None, None), (test, evaluated))
        return
    opening = test and test["opening"]
    if not opening:
        if test is None or evaluated: checks.breaks("opening", "The report says of a test part how it was opened", subject_of(evaluated), test)
        else: checks.skip("opening", "How the test part was opened", "the report says that nothing recorded it, and no line of the ledger speaks of this evaluation")
        return
    line = next((one for one in lines if one["position"] == opening["line"] and one["open"].get("kind") == "unsealed"), None)
    said = subject_of(line)
    names = ["onnxSha256", "weightsSha256", "splitHash", "images", "certificate", "earlier", "seenByRuns"]
    there = line or {"open": {}}
    checks.check("opening", "opening", "The opening in the report is the line of the ledger",
                 [opening["hash"], opening["at"], opening["by"], opening["modelId"], opening["splitId"]] + [opening[name] for name in names],
                 [there.get("hash"), there["open"].get("at"), there["open"].get("actor"), said.get("model"), said.get("split")] + [said.get(name) for name in names])
    checks.check("subject", "opening", "The report is about the model and the split that were opened",
                 [subject["modelId"], subject["weightsSha256"], subject["splitId"]], [said.get("model"), said.get("weightsSha256"), said.get("split")])
    erased = any(one["open"].get("kind") == "erased" and one["position"] > opening["line"] for one in lines)
    if subject["splitHash"] != said.get("splitHash") and erased:
        checks.skip("subject, split", "The split is the one that was opened", "pictures were erased since, and a split without them has another hash")
    else: checks.check("subject, split", "opening", "The split is the one that was opened", subject["splitHash"], said.get("splitHash"))
    words, hidden = {name: opening[name] for name in ("reason", "model", "split")}, there.get("private")
    if all(value is None for value in words.values()): checks.skip("opening, words", "Reason and names are those of the opening", "an erasure has blanked them")
    elif hidden is None: checks.breaks("opening, words", "Reason and names are those of the opening", words, "not in the bundle")
    else:
        digest = sha256(canonical({"private": hidden["content"], "salt": hidden["salt"]}).encode())
        checks.check("opening, words", "opening", "Reason and names are those of the opening", (canonical(words), there["sealed"]), (canonical(hidden["content"]), digest))
    openings = [one for one in lines if one["open"].get("kind") == "unsealed"]
    for name, side in (("earlier", [one for one in openings if one["position"] < opening["line"]]),
                       ("later", [one for one in openings if one["position"] > opening["line"]])):
        least, most = sum(1 for one in side if subject_of(one).get("split") == said.get("split")), len(side)
        checks.check(f"opening, {name}", "opening", "Openings of these pictures are as many as the ledger has", test[name], min(max(test[name], least), most))
    told = next((one["open"]["at"] for one in bound if subject_of(one).get("evaluation") == subject["evaluationId"]), "")
    between = opening["at"] <= subject["evaluatedAt"] <= told
    checks.check("subject, evaluated", "opening", "The evaluation was made between its opening and its line", subject["evaluatedAt"],
                 subject["evaluatedAt"] if between else f"{opening['at']} to {told or 'no line'}")
    checks.check("evaluation in the ledger", "opening", "The ledger binds the answers to the opening",
                 (subject["evaluationId"], opening["line"], subject["predictionsSha256"]),
                 tuple(subject_of(evaluated).get(name) for name in ("evaluation", "opening", "predictionsSha256")))


def test_result(report, parts):
    """A labelling fails where groups differ, passes where all that have images are judged and alike, and warns otherwise."""
    subject = report["subject"]
    trust = next((one["text"] for one in report["findings"] if one["kind"] == "trust"), "")
    tests = {"passed": [], "warned": [], "failed": []}
    for one in report["tasks"]:
        for table in one["groups"]:
            if table["metric"] != "accuracy" or len(table["by"]) != 1: continue
            verdicts = [pair["verdict"] for pair in table["pairs"]]
            judged = all(group["n"] == 0 or group["shown"] != "counts only" for group in table["groups"])
            alike = bool(verdicts) and all(verdict == "alike" for verdict in verdicts)
            outcome = "failed" if "differs" in verdicts else "passed" if judged and alike and not trust else "warned"
            tests[outcome].append(f"accuracy of {one['task']} by {table['by'][0]}")
    worst = next((outcome for outcome in ("failed", "warned", "passed") if tests[outcome]), "warned")
    configuration = [{"name": "report.json", "digest": {"sha256": sha256(parts["report.json"])},
                      "annotations": {"part": subject["part"], "images": subject["images"], "trust": trust}},
                     {"name": f"split {subject['split']}, {subject['part']}", "digest": {"sha256": subject["splitHash"]}}]
    if subject["predictionsSha256"]: configuration.append({"name": "answers", "digest": {"sha256": subject["predictionsSha256"]}})
    return {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": subject["model"], "digest": {"sha256": subject["weightsSha256"]}}],
            "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
            "predicate": {"result": worst.upper(), "configuration": configuration, "passedTests": tests["passed"],
                          "warnedTests": tests["warned"], "failedTests": tests["failed"]}}


def check_signature(report, parts, checks):
    """The statement that was signed lists the parts as they are; whether a key made it wants more than Python's own library has."""
    found = [path for path in SIGNED if path in parts]
    if not found: return checks.skip("signature", "Who made the bundle", "nobody has signed it")
    checks.check("signature", "signature", "A signature has all its parts", SIGNED, found)
    envelope = parse(parts["model.sig"])["dsseEnvelope"]
    statement = parse(base64.b64decode(envelope["payload"]))
    listed = [[one["name"], one["digest"]] for one in statement["predicate"]["resources"]]
    own = [[path, sha256(parts[path])] for path in sorted(parts) if path != "model.sig"]
    checks.check("model.sig, statement", "signature", "What was signed is what the bundle holds", listed, own)
    sealed = parse(base64.b64decode(parse(parts[SIGNED[1]])["dsseEnvelope"]["payload"]))
    checks.check("attestations/evaluation.sigstore.json", "signature", "The test result is that of the report", canonical(test_result(report, parts)), canonical(sealed))
    checks.skip("model.sig", "Whether the key signed it, and whose key it is", "evenhand verify FILE.zip --key KEY.pem, or any verifier of OpenSSF Model Signing on the unpacked bundle")


def check_certificate(report, parts, checks):
    certificate = report["certificate"]
    part = parse(parts["certificate.json"]) if "certificate.json" in parts else None
    line = part["lines"][0] if part and part["lines"] else None
    then = ((report["testPart"] or {}).get("opening") or {}).get("certificate", "none")
    if certificate is None and line is None and then == "none":
        return checks.skip("certificate", "Whether there is a leakage certificate", "the report says that there is none; certificates have a chain of their own, of which nothing is in the bundle")
    if certificate is None and line is None:
        return checks.breaks("certificate", "The report speaks of the certificate that there is", "no certificate", f"the test part was opened with one that was {then}")
    if certificate is None or line is None:
        if (certificate is None) != (line is None): checks.breaks("certificate", "The report and the bundle speak of the same certificate", certificate and certificate["sha256"], line and line["hash"])
        return
    body = {key: line[key] for key in ("open", "position", "previous", "sealed")}
    body.update(ledger=part["ledger"], version=1)
    checks.check("certificate", "certificate", "The certificate is what was hashed", certificate["sha256"], sha256(canonical(body).encode()))
    names = ["found", "compared", "threshold", "missed", "missedPairs", "thresholdOf"]
    said, findings = line["open"], line["open"]["findings"]
    checks.check("certificate findings", "certificate", "The report says what the certificate says",
                 canonical([{name: certificate[name] for name in names}, report["subject"]["splitId"], certificate["splitHash"], certificate["madeAt"], certificate["madeBy"], certificate["sealedState"]]),
                 canonical([{name: findings[name] for name in names}, said["splitId"], said["splitHash"], said["createdAt"], said["by"], said["state"]]))
    broken = {one["kind"]: one["count"] for one in certificate["broken"]}
    checks.check("certificate split", "certificate", "The certificate is of this split, or says that the split has changed", "split" in broken,
                 certificate["splitHash"] != report["subject"]["splitHash"])
    joins, open_pairs, kinds = certificate["joins"], certificate["undecided"], ("identity", "file", "pixel", "person", "group")
    more = {kind: joins[kind] - findings["joins"][kind] for kind in kinds if joins[kind] > findings["joins"][kind]}
    checks.check("certificate joins", "certificate", "What joins parts beyond the certificate is what broke it", {kind: broken[kind] for kind in kinds if kind in broken}, more)
    possible = {kind: min(open_pairs[kind], certificate["found"][kind]) for kind in ("near", "faces")}
    checks.check("certificate undecided", "certificate", "No more pairs are undecided than were found", open_pairs, possible)
    compared, seen, threshold = findings["compared"], number(findings["seenWithin"]), number(findings["threshold"])
    whole = compared["pictures"] == compared["images"] and compared["faces"] > 0 and not compared.get("facesUnsought", 0) \
        and seen == threshold and (threshold or 0) >= (number(findings.get("usualThreshold")) or 0)
    if certificate["state"] == "leaks" or any(joins[kind] > 0 for kind in kinds): follows = "leaks"
    elif broken: follows = "stale"
    else: follows = "clean" if whole and open_pairs["near"] + open_pairs["faces"] == 0 else "undecided"
    checks.check("certificate state", "certificate", "The state follows from joins, open pairs and what broke it", certificate["state"], follows)
    checks.skip("certificate, since", "What has become of the certificate since it was sealed", f"it was sealed as {certificate['sealedState']} and the report calls it {certificate['state']}: verdicts on pairs, and what was measured later, are in no part")


def check_members(report, parts, answers, checks):
    rows = list(csv.reader(io.StringIO(parts["members.csv"].decode("utf-8"))))[1:]
    part_of, torn = {}, set()
    for _, part, group in rows:
        if part_of.setdefault(group, part) != part: torn.add(group)
    checks.check("members.csv, groups", "split", "No person and no set of copies stands in two parts", 0, len(torn))
    own = sorted(hash for hash, part, _ in rows if part == report["subject"]["part"])
    checks.check("members.csv, images", "split", "The images of the part are those that were answered", own,
                 sorted(row["sha256"] for row in answers.rows))
    group_of = {hash: group for hash, part, group in rows if part == report["subject"]["part"]}
    moved = [row["image"] for row in answers.rows if group_of.get(row["sha256"], row["identity"]) != row["identity"]]
    checks.check("members.csv, people", "split", "People and sets of copies are those of the split", "the same", f"image {moved[0]} is of another" if moved else "the same")


def lies_in(years, group):
    match = re.match(r"^([0-9]+)(?:-([0-9]+)|[+])$", group)
    return not match or int(match[1]) <= math.floor(years) <= int(match[2] or 999)


def check_answers(report, answers, checks):
    subject = report["subject"]
    checks.check("predictions.csv, images", "answers", "As many images as the report speaks of", subject["images"], len(answers.rows))
    for task in answers.labels:
        odd = [row["image"] for row in answers.rows if row[f"{task}_label"] and row[f"{task}_label"] != row[task]]
        checks.check(f"predictions.csv, {task}", "answers", "An image counts in the group that it is labelled", [], odd[:1])
    odd = [row["image"] for row in answers.rows if row["labelled"] is not None and not lies_in(row["labelled"], row["age"])]
    checks.check("predictions.csv, age_years", "answers", "Years lie in the group of ages that an image counts in", [], odd[:1])
    if subject["predictionsSha256"]:
        checks.check("predictions.csv, hash", "answers", "The answers are those that the evaluation stored", subject["predictionsSha256"], answers.digest())
    else: checks.skip("predictions.csv, hash", "Hash of the answers", "the evaluation is of an older version, which recorded none")


def check_report(report, parts, checks):
    checks.check("report.json", "report", "The report is written as canonical JSON", sha256(parts["report.json"]), sha256((canonical(report) + "\n").encode()))
    times = [report["subject"]["evaluatedAt"], (report["certificate"] or {}).get("madeAt"), report["ledger"]["time"]]
    checks.check("report.json, at", "report", "The report is of the day of its newest record", report["at"], max(time for time in times if time))


class Answers:
    """One line an image, with labels and answers as their numbers."""

    def __init__(self, report, data):
        table = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        self.columns = next(table)
        self.rows = [dict(zip(self.columns, cells)) for cells in table]
        self.labels = {one["task"]: one["result"]["confusion"]["labels"] for one in report["tasks"]}
        self.groups = {one["grouping"]: [g["group"] for g in one["groups"]] for one in report["population"]["groupings"]}
        for row in self.rows:
            for task, labels in self.labels.items():
                row[task, "label"] = labels.index(row[f"{task}_label"]) if row[f"{task}_label"] else -1
                row[task, "answer"] = labels.index(row[f"{task}_answer"]) if row[f"{task}_answer"] else -1
                texts = [row.get(f"{task}_p_{label}", "") for label in labels]
                row[task, "p"] = [float(text) for text in texts] if texts[0] else None
            row["labelled"] = float(row["age_years"]) if row["age_years"] else None
            row["answered"] = float(row["age_answer_years"]) if row.get("age_answer_years") else None

    def digest(self):
        total = hashlib.sha256()
        for task in ("age", "gender", "race"):
            if task not in self.labels: continue
            for row in self.rows:
                p, label = row[task, "p"], row[task, "label"]
                years = row["answered"] if task == "age" else None
                cells = [task, int(row["image"]), None if label < 0 else label, row[task, "answer"],
                         years, "" if p is None else struct.pack(f"<{len(p)}f", *p).hex()]
                total.update((canonical(cells) + "\n").encode())
        return total.hexdigest()


def share(rows, asked, met):
    n = sum(1 for row in rows if asked(row))
    return (sum(1 for row in rows if asked(row) and met(row)) / n if n else None), n


def residual(row):
    a, b = row["answered"], row["labelled"]
    return None if a is None or b is None else a - b


def class_scores(rows, task, labels):
    k = range(len(labels))
    right, labelled, answered = [0] * len(labels), [0] * len(labels), [0] * len(labels)
    for row in rows:
        label, answer = row[task, "label"], row[task, "answer"]
        if label < 0: continue
        labelled[label] += 1
        if answer >= 0: answered[answer] += 1
        if label == answer: right[label] += 1
    recalls = [right[i] / labelled[i] for i in k if labelled[i]]
    scores = [2 * right[i] / (labelled[i] + answered[i]) for i in k if labelled[i] + answered[i]]
    mean = lambda values: sum(values) / len(values) if values else None
    return mean(recalls), mean(scores)


def bins_of(rows, task, label, labels):
    bins = [[0, 0.0, 0] for _ in range(15)]
    for row in rows:
        chosen = row[task, "answer"] if label is None else labels.index(label)
        p = row[task, "p"]
        if row[task, "label"] < 0 or p is None or chosen < 0: continue
        sure = struct.unpack("<f", struct.pack("<f", p[chosen]))[0]
        one = bins[min(14, max(0, math.ceil(sure * 15) - 1))]
        one[0] += 1; one[1] += sure; one[2] += row[task, "label"] == chosen
    return bins


def metric_of(rows, task, metric, label, labels):
    """Value and n of a metric over some images."""
    is_labelled = lambda row: row[task, "label"] >= 0
    if metric == "accuracy": return share(rows, is_labelled, lambda row: row[task, "label"] == row[task, "answer"])
    if metric == "truePositiveRate":
        at = labels.index(label)
        return share(rows, lambda row: row[task, "label"] == at, lambda row: row[task, "answer"] == at)
    if metric in ("calibrationError", "classCalibrationError"):
        bins = bins_of(rows, task, label if metric == "classCalibrationError" else None, labels)
        n = sum(one[0] for one in bins)
        return (sum(abs(one[1] - one[2]) for one in bins) / n if n else None), n
    errors = [error for error in map(residual, rows) if error is not None]
    if metric == "meanAbsoluteError": return (sum(map(abs, errors)) / len(errors) if errors else None), len(errors)
    if metric == "bias": return (sum(errors) / len(errors) if errors else None), len(errors)
    return "unknown", 0


def check_task(one, answers, checks):
    task, result, labels, rows = one["task"], one["result"], answers.labels[one["task"]], answers.rows
    at = f"tasks[{task}].result"
    labelled = [row for row in rows if row[task, "label"] >= 0]
    value, n = share(rows, lambda row: row[task, "label"] >= 0, lambda row: row[task, "label"] == row[task, "answer"])
    checks.same(f"{at}.accuracy.value", result["accuracy"]["value"], value)
    checks.same(f"{at}.accuracy.n", result["accuracy"]["n"], n)
    balanced, f1 = class_scores(rows, task, labels)
    if result["balancedAccuracy"]: checks.same(f"{at}.balancedAccuracy.value", result["balancedAccuracy"]["value"], balanced)
    if result["macroF1"]: checks.same(f"{at}.macroF1.value", result["macroF1"]["value"], f1)
    if result["oneOff"]:
        near = sum(1 for row in labelled if row[task, "answer"] >= 0 and abs(row[task, "answer"] - row[task, "label"]) <= 1)
        checks.same(f"{at}.oneOff.value", result["oneOff"]["value"], near / len(labelled) if labelled else None)
    checks.same(f"{at}.missing", result["missing"], len(rows) - len(labelled))
    checks.check(f"{at}.confusion", "figures", "A confusion has a row and a column for each label", [len(labels)] * (len(labels) + 1),
                 [len(result["confusion"]["counts"])] + [len(row) for row in result["confusion"]["counts"]])
    grouped = {(name, row[name]) for row in rows for name in GROUPINGS if row[name]}
    checks.check(f"{at}.byGroup", "figures", "Every group with an image has its figure", [], sorted(grouped - {(one["grouping"], one["group"]) for one in result["byGroup"]})[:1])
    tables = {tuple(table["by"]) for table in one["groups"] if table["metric"] == "accuracy"}
    checks.check(f"tasks[{task}].groups", "figures", "There is a table of accuracy for each labelling", [], [name for name in GROUPINGS if (name,) not in tables])
    if task == "age" and not result["years"] and any(residual(row) is not None for row in rows):
        checks.breaks(f"{at}.years", "Years that were answered have their errors", None, "answers in years")
    counts = [[0] * len(labels) for _ in labels]
    for row in labelled:
        if row[task, "answer"] >= 0: counts[row[task, "label"]][row[task, "answer"]] += 1
    for label, found, recorded in zip(labels, counts, result["confusion"]["counts"]):
        for answer, a, b in zip(labels, recorded, found): checks.same(f"{at}.confusion[{label}][{answer}]", a, b)
    for group in result["byGroup"]:
        own = [row for row in rows if row[group["grouping"]] == group["group"]]
        value, n = metric_of(own, task, "accuracy", None, labels)
        checks.same(f"{at}.byGroup[{group['group']}].value", group["value"], value)
        checks.same(f"{at}.byGroup[{group['group']}].n", group["n"], n)
    if result["years"]: check_years(f"{at}.years", result["years"], rows, checks)
    for table in one["groups"]: check_table(one, table, answers, checks)
    for reliability in one["reliability"]:
        bins = bins_of(rows, task, reliability["label"], labels)
        for index, (recorded, found) in enumerate(zip(reliability["bins"], bins)):
            name = f"tasks[{task}].reliability[{reliability['label'] or 'answer'}].bins[{index + 1}]"
            checks.same(f"{name}.n", recorded["n"], found[0])
            checks.same(f"{name}.confidence", recorded["confidence"], found[1] / found[0] if found[0] else None)
            checks.same(f"{name}.right", recorded["right"], found[2] / found[0] if found[0] else None)


def check_years(at, years, rows, checks):
    errors = [error for error in map(residual, rows) if error is not None]
    if not errors: return
    sizes = [abs(error) for error in errors]
    checks.same(f"{at}.meanAbsoluteError.value", years["meanAbsoluteError"]["value"], sum(sizes) / len(sizes))
    checks.same(f"{at}.rootMeanSquareError.value", years["rootMeanSquareError"]["value"], math.sqrt(sum(e * e for e in errors) / len(errors)))
    checks.same(f"{at}.bias.value", years["bias"]["value"], sum(errors) / len(errors))
    checks.same(f"{at}.within5.value", years["within5"]["value"], sum(1 for size in sizes if size <= 5) / len(sizes))


def check_table(one, table, answers, checks):
    task, metric, by, label = one["task"], table["metric"], table["by"], table["label"]
    name = f"tasks[{task}].groups[{metric}{f' of {label}' if label else ''} by {', '.join(by)}]"
    cells = {}
    for row in answers.rows: cells.setdefault(tuple(row[grouping] for grouping in by), []).append(row)
    values = {}
    judged = []
    for group in table["groups"]:
        key = tuple(group["group"][grouping] for grouping in by)
        own = cells.get(key, [])
        value, n = metric_of(own, task, metric, label, answers.labels[task])
        if value == "unknown": return checks.skip(name, "Figures of this metric", "this program does not know it; evenhand verify does")
        at = f"{name}.groups[{', '.join(key)}]"
        checks.same(f"{at}.n", group["n"], n)
        checks.same(f"{at}.value", group["value"], value if n >= 30 else None)
        counted = [row for row in own if metric_of([row], task, metric, label, answers.labels[task])[1]]
        checks.same(f"{at}.identities", group["identities"], len({row["identity"] for row in counted}))
        shown = "counts only" if n < 30 else "wide" if n < 100 else "yes"
        checks.check(f"{at}.shown", "figures", "How a group is shown", group["shown"], shown)
        values[key] = value
        if n >= 30 and value is not None: judged.append(value)
    left = [key for key in cells if all(key) and key not in values]
    checks.check(f"{name}.groups", "figures", "Every group with an image has its figure", [], left[:1])
    grouped = [row for key, own in cells.items() if all(key) for row in own]
    overall, n = metric_of(grouped, task, metric, label, answers.labels[task])
    checks.same(f"{name}.overall.n", table["overall"]["n"], n)
    checks.same(f"{name}.overall.value", table["overall"]["value"], overall if n >= 30 else None)
    aggregate = table["aggregate"]
    if (aggregate is None) != (len(judged) < 2): checks.breaks(f"{name}.aggregate", "It is there where two groups are", aggregate, judged)
    elif aggregate:
        low, high = min(judged), max(judged)
        checks.same(f"{name}.aggregate.min", aggregate["min"], low)
        checks.same(f"{name}.aggregate.max", aggregate["max"], high)
        checks.same(f"{name}.aggregate.difference", aggregate["difference"], high - low)
        if aggregate["ratio"] is not None and high: checks.same(f"{name}.aggregate.ratio", aggregate["ratio"], low / high)
    if table["gap"]: checks.same(f"{name}.gap.observed", table["gap"]["observed"], max(judged) - min(judged))
    for pair in table["pairs"]:
        a, b = (tuple(pair[side][grouping] for grouping in by) for side in "ab")
        checks.same(f"{name}.pairs[{', '.join(a)} - {', '.join(b)}].difference", pair["difference"], values[a] - values[b])


def check_population(report, answers, checks):
    population = report["population"]
    checks.check("population.groupings", "figures", "Images are counted by each labelling", GROUPINGS, [one["grouping"] for one in population["groupings"]])
    checks.same("population.images", population["images"], len(answers.rows))
    checks.same("population.people", population["people"], len({row["identity"] for row in answers.rows}))
    for one in population["groupings"]:
        grouping = one["grouping"]
        for group in one["groups"]:
            own = [row for row in answers.rows if row[grouping] == group["group"]]
            at = f"population.groupings[{grouping}].groups[{group['group']}]"
            checks.same(f"{at}.images", group["images"], len(own))
            checks.same(f"{at}.people", group["people"], len({row["identity"] for row in own}))
        checks.same(f"population.groupings[{grouping}].unlabelled", one["unlabelled"], sum(1 for row in answers.rows if not row[grouping]))


def verify(data):
    parts = read_zip(data)
    if "manifest.json" not in parts: raise NoBundle("it has no manifest.json")
    try: mark = parse(parts["manifest.json"])
    except ValueError: raise NoBundle("its manifest.json cannot be read")
    if not isinstance(mark, dict) or mark.get("format") != "evenhand-bundle": raise NoBundle("its manifest.json is none of an audit bundle")
    version = mark.get("version")
    if type(version) is not int or version < 1: raise NoBundle("its manifest.json is none of an audit bundle")
    if version > VERSION: raise NoBundle(f"it is of version {version}, and this program knows version {VERSION}")
    checks = Checks()
    guard(checks, "manifest.json", lambda: check_manifest(parts, checks))
    report = guard(checks, "report.json", lambda: parse(parts["report.json"]))
    if report is None: return checks
    guard(checks, "report.json", lambda: check_report(report, parts, checks))
    guard(checks, "manifest.json", lambda: checks.check("manifest.json, madeBy", "parts", "One version made the report and the bundle",
                                                        report["madeBy"], parse(parts["manifest.json"])["madeBy"]))
    answers = guard(checks, "predictions.csv", lambda: Answers(report, parts["predictions.csv"]), "It can be read")
    if answers:
        guard(checks, "predictions.csv", lambda: check_answers(report, answers, checks))
        guard(checks, "population", lambda: check_population(report, answers, checks))
        for one in guard(checks, "tasks", lambda: report["tasks"]) or []:
            guard(checks, f"tasks[{one.get('task') if isinstance(one, dict) else one}]", lambda: check_task(one, answers, checks))
        guard(checks, "members.csv", lambda: check_members(report, parts, answers, checks))
    guard(checks, "ledger.json", lambda: check_ledger(report, parse(parts["ledger.json"]), checks))
    guard(checks, "opening", lambda: check_opening(report, parse(parts["ledger.json"]), checks))
    guard(checks, "certificate.json", lambda: check_certificate(report, parts, checks))
    guard(checks, "model.sig", lambda: check_signature(report, parts, checks))
    checks.skip("figures", "Intervals, shuffles, verdicts, findings and other systems", "evenhand verify computes them")
    checks.skip("drawn parts", "Page, tables, README.md, schemas and this program", "evenhand verify draws them again")
    checks.skip("ledger, after", "What the ledger holds after the last line here", "it may go on, with later openings: hold it against a head that somebody kept")
    opened = (report.get("testPart") or {}).get("opening")
    checks.skip("report.json, words", "What no record in the bundle bears out", "as the report tells them: " + "; ".join(UNBORNE + ([] if opened else UNBORNE_UNOPENED)))
    return checks


def guard(checks, line, work, what="It is of its format"):
    """What cannot be looked at is a line that does not hold, and ends nothing else."""
    try: return work()
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, StopIteration, ZeroDivisionError, RecursionError, struct.error) as error:
        checks.breaks(line, what, "as README.md says", f"{type(error).__name__}: {error}")
        return None


def main(arguments):
    files = [one for one in arguments if not one.startswith("--")]
    if len(files) != 1:
        print(__doc__)
        return 2
    try:
        with open(files[0], "rb") as file: data = file.read()
    except OSError as error:
        print(f"{files[0]} cannot be read: {error.strerror}.", file=sys.stderr)
        return 2
    try: checks = verify(data)
    except NoBundle as error:
        print(f"{files[0]} is no audit bundle that can be verified: {error}.", file=sys.stderr)
        return 2
    holds = not checks.told
    if "--json" in arguments:
        print(json.dumps({"holds": holds, "checks": checks.told, "holding": checks.holding, "notLookedAt": checks.left}))
    else:
        for one in checks.told: print(f"DOES NOT HOLD  {one['line']}\n  {one['what']}\n  recorded: {one['expected'][:200]}\n  found:    {one['found'][:200]}")
        for kind, count in checks.holding.items(): print(f"holds          {count} {kind}")
        for one in checks.left: print(f"not looked at  {one['line']}: {one['what']}: {one['why']}")
        print("What was looked at holds." if holds else f"{len(checks.told)} checks do not hold.")
    return 0 if holds else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
`
