"""Sets results of the Slurm suite beside Dure's: python3 bench/ratios.py NODES SLURM.jsonl DURE.jsonl

Prints a JSON line for each shape that both have, and a table on stderr. A ratio above 1 is in Dure's favour.
"""
import json
import sys

import results

SECONDS = {"us": 1e-6, "ms": 1e-3, "ms/job": 1e-3, "s": 1.0}

# What is compared, the line of Slurm, that of Dure. Of a gang the pass of the scheduler alone counts, which is less than
# what passes until all have started.
SHAPES = (
    ("1-GPU jobs decided and started, empty fleet", {"measure": "start_single_gpu_jobs"}, ("place_single_one_by_one", {})),
    ("a gang of 64 whole nodes", {"measure": "start_gang_jobs", "job_nodes": 64}, ("place_gang", {"gang": 64})),
    ("a gang of 512 whole nodes", {"measure": "start_gang_jobs", "job_nodes": 512}, ("place_gang", {"gang": 512})),
    ("a gang of 4,096 whole nodes", {"measure": "start_gang_jobs", "job_nodes": 4096}, ("place_gang", {"gang": 4096})),
    ("submissions taken in: Slurm, four clients, none to be decided; Dure, over HTTP, decided and durable",
     {"measure": "submit_api_4threads", "where": "closed partition (queue only)"}, ("serve_submit", {"batch": 1})),
    ("from the start to the first answer: Slurm; to the first decision: Dure, 32,500 nodes",
     {"measure": "boot_to_first_answer"}, ("restart", {"running": 0})),
    ("when a 1-GPU job would start, idle fleet: Slurm; why one does not, and what would help, full fleet of 32,500: Dure",
     {"measure": "test_only_latency", "job_nodes": 1, "job_gpus": 1}, ("why_not", {"permille": 500})),
)


def read(path):
    with open(path) as file:
        return [json.loads(text) for text in file]


def has(members, wanted):
    return all(members.get(key) == value for key, value in wanted.items())


def last(lines, is_wanted):
    found = [line for line in lines if is_wanted(line)]
    return found[-1] if found else None


def compared(nodes, order, shape, slurm_lines, dure_lines):
    """The line of one shape, or None where one of both has not been measured."""
    what, of_slurm, (name, of_dure) = shape
    slurm = last(slurm_lines, lambda line: has(line, of_slurm))
    dure = last(dure_lines, lambda line: line["name"] == name and has(line["parameters"], of_dure))
    if slurm is None or dure is None:
        return None
    theirs, ours, unit = slurm.get("pass_ms_per_job", slurm["value"]), dure["median"], dure["unit"]
    if unit in SECONDS:
        theirs *= SECONDS[slurm["unit"]] / SECONDS[unit]
    ratio = theirs / ours if unit in SECONDS else ours / theirs
    parameters = {"shape": slurm["measure"], "nodes": nodes, **{k: v for k, v in of_slurm.items() if k.startswith("job_")}}
    return {"name": "compare", "parameters": parameters, "order": order, "what": what, "slurm": theirs, "dure": ours,
            "unit": unit, "ratio": ratio, "slurm_version": slurm["version"], **results.machine()}


def main():
    if len(sys.argv) != 4 or not sys.argv[1].isdigit():
        print(__doc__.splitlines()[0], file=sys.stderr)
        sys.exit(2)
    slurm_lines, dure_lines = read(sys.argv[2]), read(sys.argv[3])
    lines = [compared(int(sys.argv[1]), order, shape, slurm_lines, dure_lines) for order, shape in enumerate(SHAPES)]
    print(f"{'Slurm':>12} {'Dure':>12} {'':7} {'ratio':>9}", file=sys.stderr)
    for line in filter(None, lines):
        print(json.dumps(line, separators=(",", ":"), ensure_ascii=False))
        print(f"{line['slurm']:12,.6g} {line['dure']:12,.6g} {line['unit']:7} {line['ratio']:8,.0f}x  {line['what']}",
              file=sys.stderr)


if __name__ == "__main__":
    main()
