#!/usr/bin/env python3
"""The scripts of bench/, without measuring anything."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
sys.path.insert(0, str(BENCH))
sys.dont_write_bytecode = True
import budget  # noqa: E402  # it lies beside the scripts

MACHINE = {"machine": {"cpu": "one", "cores": 2, "memory_gib": 4}, "commit": "abc", "load": 0,
           "date": "2026-01-01T00:00:00Z"}


def run(script, *words):
    command = [sys.executable] if script.endswith(".py") else []
    return subprocess.run([*command, BENCH / script, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)


def result(name, parameters, median, unit, **more):
    return {"name": name, "parameters": parameters, "median": median, "min": median, "max": median, "unit": unit,
            "repetitions": 3, "compiler": "g++", **MACHINE, **more}


def memory(median, **more):
    return result("memory", {"running": 260000, "pending": 1000000}, median, "MiB", **more)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "docs").mkdir()
        (self.folder / "results").mkdir()

    def write(self, name, *lines):
        path = self.folder / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    def refuses(self, done, code, *parts):
        self.assertEqual(done.returncode, code, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        self.assertEqual(done.stdout, "")


class Page(Case):
    def report(self, *words):
        return run("report", "--results", self.folder / "results", "--docs", self.folder / "docs", *words)

    def page(self, *lines):
        """What is made of one file of results; without gnuplot nothing is, and the case is skipped."""
        if shutil.which("gnuplot") is None:
            self.skipTest("no gnuplot")
        self.write("results/one.jsonl", *lines)
        done = self.report()
        self.assertEqual(done.returncode, 0, done.stderr)
        return (self.folder / "docs/performance.md").read_text()

    def row(self, page, words):
        return next(line for line in page.splitlines() if line.startswith("| " + words))

    def test_a_budget_that_is_held_says_so(self):
        page = self.page(memory(2000.0))
        self.assertIn("| 2,000 MiB (2,000 to 2,000 MiB) | yes |", self.row(page, "memory, 260,000 running and 1"))
        self.assertIn("Every budget that could be measured is held.", page)

    def test_a_budget_that_is_missed_says_why(self):
        page = self.page(result("serve_submit", {"connections": 64, "batch": 1}, 7000.0, "jobs/s"))
        self.assertIn("| **no** |", self.row(page, "the same, one job in a request"))
        row = next(row for row in budget.ROWS if row.measure == "the same, one job in a request")
        self.assertIn(f"- {row.measure}: {row.missed}", page)

    def test_what_was_not_measured_is_not_judged(self):
        page = self.page(memory(1.0))
        self.assertIn("| not measured | – |", self.row(page, "place 1-GPU jobs on the empty fleet"))

    def test_the_latest_of_two_lines_counts_wherever_it_stands(self):
        page = self.page(memory(3.0, date="2026-02-02T00:00:00Z"), memory(5.0))
        self.assertIn("| 3 MiB (3 to 3 MiB) |", self.row(page, "memory, 260,000 running and 1"))

    def test_figures_of_several_runs_say_of_which_they_are(self):
        later = {"date": "2026-02-02T00:00:00Z", "commit": "def", "load": 0.5}
        page = self.page(memory(3.0), result("easy_all", {}, 2.0, "s", **later))
        self.assertIn("- [1] one, 2 cores, 4 GiB; commit def; 2026-02-02, at a load of 0.5 by others", page)
        self.assertIn("3 MiB (3 to 3 MiB) [2]", page)

    def test_a_busy_machine_is_told_of(self):
        self.assertNotIn("was busy", self.page(memory(3.0, load=0.5)))
        self.assertIn("That machine was busy with other things", self.page(memory(3.0, load=0.6)))

    def test_what_was_skipped_is_no_result(self):
        skipped = {"name": "easy_all", "parameters": {}, "skipped": "no data", "compiler": "g++", **MACHINE}
        self.assertIn("| not measured | – |", self.row(self.page(memory(1.0), skipped), "five real traces"))

    def test_growth_is_the_time_of_a_step(self):
        page = self.page(result("step", {"nodes": 650, "sites": 5, "pending": 1000}, 250000.0, "steps/s"))
        self.assertIn("| five | 650 | 4 | not measured |", page)
        self.assertTrue((self.folder / "docs/performance-pending.svg").read_text().rstrip().endswith("</svg>"))

    def test_a_gang_that_fits_on_no_smaller_fleet_leaves_a_gap(self):
        page = self.page(result("place_gang", {"nodes": 6500, "sites": 1, "gang": 4096}, 300.0, "us"))
        self.assertIn("| a gang of 4,096 whole nodes, one pool | – | 300 | – |", page)

    def test_a_page_of_other_results_is_noticed(self):
        self.page(memory(3.0))
        self.assertEqual(self.report("--check").returncode, 0)
        self.write("results/two.jsonl", memory(4.0, date="2026-02-02T00:00:00Z"))
        self.refuses(self.report("--check"), 1, "does not say what", "run bench/report")

    def test_a_line_that_cannot_be_read_is_named(self):
        self.write("results/one.jsonl", memory(1.0), '{"name":')
        self.refuses(self.report(), 2, "one.jsonl:2: not a line of JSON", "bench/run > FILE")
        self.write("results/one.jsonl", {"name": "memory", "parameters": {}})
        self.refuses(self.report(), 2, "one.jsonl:1: lacks commit, date, load, machine")

    def test_without_results_it_says_how_to_make_some(self):
        self.refuses(self.report(), 2, "there are no results in", "make some with `bench/run")

    def test_the_page_in_the_repository_says_what_its_results_say(self):
        done = run("report", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)


class Budget(unittest.TestCase):
    def test_every_figure_is_of_a_benchmark_that_there_is(self):
        sources = "".join(path.read_text() for path in [*BENCH.glob("*.cc"), BENCH / "serve_bench"])
        figures = [figure.name for row in budget.ROWS for figure in row.figures] + [name for _, name, _ in budget.MORE]
        for name in figures:
            self.assertRegex(sources, rf'BENCHMARK\({name}\)|"{name}["/]')

    def test_every_row_can_be_taken_by_its_command(self):
        known = run("run", "--help").stdout
        for row in budget.ROWS:
            self.assertIn(f" {row.command.split()[1]} ", known.replace("\n", " "))


class Arguments(Case):
    def test_run_knows_every_benchmark(self):
        known = set(re.findall(r"\w+_bench", run("run", "--help").stdout))
        there = {path.stem for path in BENCH.glob("*_bench.cc")} - {"http_bench"} | {"serve_bench"}
        self.assertEqual(known, there)

    def test_run_refuses_what_it_does_not_know(self):
        self.refuses(run("run", "fast_bench"), 2, "unknown argument 'fast_bench'", "bench/run --help")

    def test_serve_bench_refuses_what_it_does_not_know(self):
        self.refuses(run("serve_bench", "fast"), 2, "cannot read 'fast'", "--benchmark_filter=REGEX")
        self.refuses(run("serve_bench", "--benchmark_repetitions=0"), 2, "N of at least 1")

    def test_compare_refuses_what_it_does_not_know(self):
        self.refuses(run("compare", "--fast"), 2, "unknown argument '--fast'", "bench/compare --help")
        self.refuses(run("compare", "--nodes"), 2, "--nodes lacks its value")
        self.refuses(run("compare", "--nodes", 5), 2, "650, 6500 and 32500 nodes, and none with '5'")

    def test_compare_says_where_the_suite_is_missed(self):
        self.refuses(run("compare", "--slurm", self.folder), 1, f"There is no bench.py in {self.folder}", "--slurm")


class Ratios(Case):
    def ratios(self, slurm, dure):
        return run("ratios.py", 650, self.write("slurm", slurm), self.write("dure", dure))

    def test_a_rate_is_divided_by_the_other(self):
        done = self.ratios({"measure": "start_single_gpu_jobs", "value": 4, "unit": "jobs/s", "version": "22"},
                           result("place_single_one_by_one", {"nodes": 650}, 400, "jobs/s"))
        line = json.loads(done.stdout)
        self.assertEqual((line["slurm"], line["dure"], line["ratio"]), (4, 400, 100))
        self.assertIn("100x  1-GPU jobs", done.stderr)

    def test_a_time_divides_that_of_slurm_whatever_the_unit(self):
        slurm = {"measure": "start_gang_jobs", "job_nodes": 64, "value": 300, "pass_ms_per_job": 200, "unit": "ms/job",
                 "version": "22"}
        done = self.ratios(slurm, result("place_gang", {"gang": 64}, 10, "us"))
        line = json.loads(done.stdout)
        self.assertEqual((round(line["slurm"]), line["dure"], round(line["ratio"])), (200000, 10, 20000))

    def test_what_one_side_lacks_is_left_out(self):
        done = self.ratios({"measure": "sinfo_latency", "value": 1, "unit": "ms", "version": "22"},
                           result("place_gang", {"gang": 64}, 10, "us"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
