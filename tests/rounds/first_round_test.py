#!/usr/bin/env python3
"""Decides rounds with the totals of a national one, and checks every rule and every reason by itself.

first_round_test.py DURE [SEED...]
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import first_round

OFFER, CAP = {"H200": 2296, "B200": 2040}, {"H200": 256, "B200": 128}
LARGE = {"H200": 64, "B200": 32}
ALL = sum(OFFER.values())


def require(holds, sentence):
    if not holds:
        sys.exit(f"failed: {sentence}")


def asks(row):
    return {kind: int(cards) for kind, cards in (ask.split(":") for ask in row["asks"].split())}


def score(row):
    """In hundredths, with the bonuses."""
    bonus = 200 * (row["region"] in first_round.OUTSIDE) + 150 * ("n-up" in row["tags"].split())
    return round(float(row["score"]) * 100) + bonus


def broken(rows, awards):
    """What the awards (name -> kind, cards) break, rule by rule as the call says it."""
    found = []

    def total(of):
        return sum(cards for name, (kind, cards) in awards.items() if of(rows[name], kind, cards))

    for name, (kind, cards) in awards.items():
        row = rows[name]
        is_large = cards >= LARGE[kind]
        if asks(row).get(kind) != cards or cards > CAP[kind] or int(row["months"]) > 12:
            found.append(f"{name}: its ask and the caps")
        if score(row) < (6500 if is_large else 5500):
            found.append(f"{name}: its score")
    for kind, cards in OFFER.items():
        if total(lambda r, k, c, kind=kind: k == kind) > cards:
            found.append(kind)
    for name, most in [("academia", 2624), ("industry", 1288), ("research", 312)]:
        if total(lambda r, k, c, name=name: r["class"] == name) > most:
            found.append(f"class {name}")
    for key, percent in [("organisation", 5), ("region", 40)]:
        for value in {row[key] for row in rows.values()}:
            if total(lambda r, k, c, key=key, value=value: r[key] == value) > ALL * percent // 100:
                found.append(f"{key} {value}")
    if total(lambda r, k, c: c >= LARGE[k]) > ALL * 70 // 100:
        found.append("size large")
    if total(lambda r, k, c: r["region"] in first_round.OUTSIDE) < -(-ALL * 35 // 100):
        found.append("region outside")
    if total(lambda r, k, c: "n-up" in r["tags"].split()) < 64:
        found.append("tag n-up")
    return found


def check_refusal(rows, awards, refusal):
    name = refusal["application"]
    require(refusal["reasons"], f"{name} has no reason")
    for fault in refusal["faults"]:
        ask = {name: (fault["kind"], asks(rows[name])[fault["kind"]])}
        alone = [sentence for sentence in broken(rows, ask) if sentence.startswith(f"{name}:")]
        require(alone, f"{name}: {fault['reason']} is not true")
    for ask in refusal["asks"]:
        wanted = {name: (ask["kind"], ask["cards"])}
        named = {limit(blocker) for blocker in ask["blockers"]}
        require(named and set(broken(rows, awards | wanted)) == named, f"{name}: its blockers are not those named")
        for way in ask["ways"]:
            left = {other: award for other, award in awards.items() if other not in way["out"]}
            lacking = {limit(floor) for floor in way.get("leaves_too_little", [])}
            require(set(broken(rows, left | wanted)) == lacking, f"{name}: {way} does not make room")
            require(lacking or way["out_worth"] >= ask["worth"], f"{name}: {way} would have been better")


def limit(of):
    return of["unit"] if of["limit"] == "all that is offered" else of["limit"]


def check_price_bound(decided):
    """The bound by prices cannot be below the total, whatever they are."""
    proof = decided["proof"]
    require(proof["price_bound"] >= proof["bound"] >= proof["total"], "the bounds are out of order")
    require((proof["bound"] - proof["total"]) / proof["bound"] < 0.001, "the gap is not below 0.1 %")


def check(dure, seed):
    with tempfile.TemporaryDirectory() as folder:
        call = first_round.write(folder, seed, "cards")
        begin = time.monotonic()
        command = [dure, "call", "allot", str(call), "--json"]
        decided = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        took = time.monotonic() - begin
        again = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with open(pathlib.Path(folder) / "applications.csv", newline="") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
    awards = {award["application"]: (award["kind"], award["cards"]) for award in decided["awards"]}
    require(again["awards"] == decided["awards"], "two runs differ")
    require(took < 10, f"it took {took:.1f} s")
    require(not broken(rows, awards), f"broken: {broken(rows, awards)}")
    split = {name: sum(cards for of, (_, cards) in awards.items() if rows[of]["class"] == name)
             for name in ["academia", "industry", "research"]}
    require(split == {"academia": 2624, "industry": 1288, "research": 312}, f"the split is {split}")
    total = sum(score(rows[name]) * cards for name, (_, cards) in awards.items())
    require(round(decided["proof"]["total"] * 100) == total, "the total is not the sum")
    require(decided["proof"]["is_best"] and decided["proof"]["ties_settled"], "it is not proven the best and the first")
    check_price_bound(decided)
    require(len(awards) + len(decided["refused"]) == len(rows), "an application is neither awarded nor refused")
    for refusal in decided["refused"]:
        check_refusal(rows, awards, refusal)
    gap = 1 - decided["proof"]["total"] / decided["proof"]["price_bound"]
    print(f"seed {seed}: {len(rows)} applications, {len(awards)} awards, {sum(split.values())} cards, "
          f"{len(decided['refused'])} refused, each with its reasons; {took:.2f} s; gap by prices alone {gap:.4%}")


if __name__ == "__main__":
    for drawn in [int(word) for word in sys.argv[2:]] or [1, 2, 3]:
        check(sys.argv[1], drawn)
