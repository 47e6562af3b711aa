"""What a line of results says beside its figures: the machine, the commit, the compiler and the day.

`python3 bench/results.py` prints the members that $DURE_MACHINE hands to every benchmark.
"""
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def _git(*words):
    told = subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return told.stdout.strip() if told.returncode == 0 else None


def commit():
    """The commit that is measured; results and the page made of them do not count as changes."""
    short = _git("rev-parse", "--short", "HEAD")
    if short is None:
        return "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results", ":!docs")
    return short + ("-dirty" if changed else "")


def _first(path, pattern, otherwise):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else otherwise


def machine():
    """The members that are the same on every line of a run: from $DURE_MACHINE, or found out."""
    if os.environ.get("DURE_MACHINE"):
        return json.loads("{" + os.environ["DURE_MACHINE"] + "}")
    memory_kib = int(_first("/proc/meminfo", r"^MemTotal:\s+(\d+)", "0"))
    return {"machine": {"cpu": _first("/proc/cpuinfo", r"^model name\s*:(.*)", "unknown"),
                        "cores": len(os.sched_getaffinity(0)),
                        "memory_gib": round(memory_kib / 2**20)},
            "commit": commit(),
            "load": round(os.getloadavg()[0], 1),  # what ran beside it when it began
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}


def compiler(build="build/release"):
    """By what the programs in a build folder were compiled, as the C++ benchmarks say it of themselves."""
    program = _first(ROOT / build / "CMakeCache.txt", r"^CMAKE_CXX_COMPILER:\w+=(.*)", "g++")
    told = subprocess.run([program, "-dumpfullversion", "-dumpversion"], stdout=subprocess.PIPE, text=True)
    name = "clang" if "clang" in program else "g++"
    return f"{name} {told.stdout.strip()}"


def line(name, parameters, values, unit, **more):
    """One result over its repetitions, as one line of JSON."""
    return json.dumps({"name": name, "parameters": parameters,
                       "median": statistics.median(values), "min": min(values), "max": max(values), "unit": unit,
                       "repetitions": len(values), **more, **machine()}, separators=(",", ":"))


if __name__ == "__main__":
    print(json.dumps(machine(), separators=(",", ":"), ensure_ascii=False)[1:-1])
