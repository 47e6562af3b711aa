#!/usr/bin/env python3
"""Writes a call and its applications with the published totals of a national round of 2025: 514 applications for 13,712
cards where 4,336 are offered, 2,624 of them for academia, 1,288 for industry and 312 for research. What is not
published (scores, sizes, who asks) is drawn.

first_round.py FOLDER [SEED] [--weigh cards] [--reducible]
"""

import csv
import pathlib
import random
import sys

CAPITAL = ["seoul", "incheon", "gyeonggi"]
OUTSIDE = ["busan", "daegu", "gwangju", "daejeon", "ulsan", "sejong", "gangwon", "chungbuk", "chungnam", "jeonbuk",
           "jeonnam", "gyeongbuk", "gyeongnam", "jeju"]
SERVER = 8
APPLICATIONS, SERVERS_ASKED = 514, 13712 // SERVER
MOST_SERVERS = {"H200": 32, "B200": 16}

CALL = """call: nipa/large-2025-1
kinds:
- {{name: H200, cards: 2296, per_server: 8, cap: 256, price: 3000000}}
- {{name: B200, cards: 2040, per_server: 8, cap: 128, price: 5000000}}
classes: [academia, industry, research]
regions:
  capital: [{capital}]
  outside: [{outside}]
tags: [n-up, youth, from-scratch]
months: 12
least_score: 55
sizes:
- {{name: large, from: {{H200: 64, B200: 32}}, least_score: 65}}
- {{name: small, from: {{H200: 1, B200: 1}}}}
weigh: {weigh}
reducible: {reducible}
shares:
- {{class: academia, most: 2624}}
- {{class: industry, most: 1288}}
- {{class: research, most: 312}}
- {{region: outside, least: 35%}}
- {{tag: n-up, least: 64}}
- {{size: large, most: 70%}}
- {{each: organisation, most: 5%}}
- {{each: region, most: 40%}}
bonuses:
- {{region: outside, points: 2}}
- {{tag: n-up, points: 1.5}}
pays:
- {{class: industry, tag: youth, percent: 5%}}
- {{class: industry, percent: 10%}}
applications: applications.csv
"""


def servers(rng):
    """Of each application; their sum is the published one."""
    drawn = [rng.choices([1, 2, 3, 4, 6, 8, 12, 16], [30, 26, 10, 16, 6, 8, 2, 2])[0] for _ in range(APPLICATIONS)]
    while sum(drawn) != SERVERS_ASKED:
        i = rng.randrange(APPLICATIONS)
        step = 1 if sum(drawn) < SERVERS_ASKED else -1
        if 1 <= drawn[i] + step <= 16:
            drawn[i] += step
    return drawn


def asks(rng, count, kind):
    text = f"{kind}:{count * SERVER}"
    if rng.random() < 0.15:
        other = "B200" if kind == "H200" else "H200"
        text += f" {other}:{max(1, count * (1 if other == 'H200' else 2) // 2) * SERVER}"
    return text


def applications(rng, reducible):
    for i, count in enumerate(servers(rng)):
        kind = "H200" if rng.random() < 0.55 else "B200"
        who = rng.choices(["academia", "industry", "research"], [55, 35, 10])[0]
        tags = [tag for tag, chance in [("n-up", 0.3), ("youth", 0.2)] if who == "industry" and rng.random() < chance]
        organisations = {"academia": 60, "industry": 150, "research": 15}[who]
        number = rng.choices(range(1, organisations + 1), [1 / (n + 4) for n in range(organisations)])[0]
        place = random.Random(f"{who}{number}")
        region = place.choice(CAPITAL) if place.random() < 0.6 else place.choice(OUTSIDE)
        row = {"name": f"A{i + 1:03}", "project": f"{who}-{number}/project-{i + 1}", "organisation": f"{who} {number}",
               "class": who, "region": region, "tags": " ".join(tags),
               "score": f"{min(99.5, max(40.0, rng.gauss(74, 9))):.2f}", "months": rng.choice([3, 6, 6, 9, 12, 12, 12]),
               "asks": asks(rng, count, kind)}
        if reducible:
            row["least"] = max(1, count // 2) * SERVER
        yield row


def write(folder, seed, weigh="awards", reducible=False):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(applications(random.Random(seed), reducible))
    with open(folder / "applications.csv", "w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    (folder / "call.yaml").write_text(CALL.format(capital=", ".join(CAPITAL), outside=", ".join(OUTSIDE), weigh=weigh,
                                                  reducible=str(reducible).lower()))
    return folder / "call.yaml"


if __name__ == "__main__":
    words = sys.argv[1:]
    is_reducible = "--reducible" in words
    by = "cards" if is_reducible or "--weigh" in words else "awards"
    rest = [word for word in words if not word.startswith("--") and word != "cards"]
    print(write(rest[0], int(rest[1]) if len(rest) > 1 else 1, by, is_reducible))
