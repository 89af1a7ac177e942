"""Writes golden/decision-seals.json: seals of decisions and the hash over an act's, by Python's own JSON and SHA-256.

Run: python3 tests/oracles/make_decision_seals_golden.py
"""

import hashlib
import json
from pathlib import Path


def write_canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


decisions = [
    {"imageId": 1, "field": "status", "checkCode": None, "from": "undecided", "to": "removed", "reason": "no-face", "note": None},
    {"imageId": 2147483648, "field": "race", "checkCode": 31, "from": None, "to": "Latino_Hispanic", "reason": None, "note": ""},
    {"imageId": 3, "field": "age", "checkCode": 0, "from": "3-9", "to": "34.5", "reason": None, "note": 'says "née", a\\b\n\ttab'},
    {"imageId": 4, "field": "review", "checkCode": 22, "from": "kept", "to": None, "reason": None, "note": "\u0001\u001f\u007f\u2028\u2029 😀 日本"},
    {"imageId": 5, "field": "suspect", "checkCode": 7, "from": None, "to": "yes", "reason": None, "note": "</script>"},
]

lines = []
for at, decision in enumerate(decisions):
    salt = hash_text(f"salt {at}")
    private = {name: decision[name] for name in ("from", "to", "reason", "note")}
    decision["salt"] = salt
    decision["sealed"] = hash_text(write_canonical({"private": private, "salt": salt}))
    named = {name: decision[name] for name in ("imageId", "field", "checkCode", "sealed")}
    lines.append(write_canonical(named) + "\n")

# Many of them, so that the hash takes them up in several portions.
repeated = 400
golden = {"decisions": decisions, "repeated": repeated, "decisionsHash": hash_text("".join(lines * repeated))}
path = Path(__file__).parent / "golden" / "decision-seals.json"
path.write_text(json.dumps(golden, indent=2, ensure_ascii=True) + "\n")
