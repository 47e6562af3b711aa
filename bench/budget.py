"""The rows of docs/performance.md: what is held to which budget, beside what others have published, and how it is taken.

A figure names one line of results by its name and parameters; bench/report finds it, and says whether the budget holds.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of results, and what it may be: at least, or at most, `bound` in the unit of the line."""
    name: str
    parameters: dict
    bound: float
    is_least: bool = False  # a rate is to be at least the bound; anything else at most

    def holds(self, value):
        return value >= self.bound if self.is_least else value <= self.bound


@dataclass(frozen=True)
class Row:
    measure: str
    budget: str
    figures: tuple
    peer: str   # the best figure of another, and whose
    how: str
    command: str
    missed: str = ""  # why the budget is not held; shown while it is not


FLEET = {"nodes": 32500, "sites": 5}
CROWD = {"running": 140000, "pending": 1000000}

ROWS = (
    Row("place 1-GPU jobs on the empty fleet", "≥ 1,000,000 /s",
        (Figure("place_single_at_once", FLEET, 1e6, is_least=True),),
        "5,838 /s: Fluxion 0.54, measured at this size, decision only",
        "260,000 jobs that are there before are placed in one turn: plan, facts, apply. Any of the five pools would do for each.",
        "bench/run place_bench --benchmark_filter=at_once"),
    Row("one job ends and the next starts: fleet 95 % full by limits, 1,000,000 pending, 1,000 tenants", "≥ 200,000 /s",
        (Figure("step", {**FLEET, "pending": 1000000}, 2e5, is_least=True),),
        "42 /s: Kueue, 1,000 queues, its own CI, control plane",
        "A step is a turn in which a random job ends, its tenant submits another, and the next of that tenant's queue starts. "
        "Each job may run in any of five pools.",
        "bench/run event_bench --benchmark_filter=nodes:32500",
        "Each job may run in any of five pools, and each is told of what comes and goes; [growth](#growth) has the "
        "cost with one pool of the same 32,500 nodes."),
    Row("gang of 64 / 512 nodes in a block / 4,096 in a site", "< 0.05 / < 0.2 / < 2 ms",
        (Figure("place_gang", {**FLEET, "gang": 64}, 50), Figure("place_gang", {**FLEET, "gang": 512}, 200),
         Figure("place_gang", {**FLEET, "gang": 4096}, 2000)),
        "4.2 ms for 64, 61 ms for 1,024: Fluxion 0.54, measured at this size; 48.7 s for 512: KAI, 500 nodes, control plane",
        "One turn in which the gang is submitted and started on whole nodes of the empty fleet; 200 of them, one after the other.",
        "bench/run place_bench --benchmark_filter=gang"),
    Row("“cannot start, and here is every blocker”, 99 of 100", "< 1 ms",
        (Figure("why_not", {"permille": 990}, 1000),),
        "249.5 s for one verdict, 80 GPUs: KAI, 500 nodes",
        "5,000 questions about as many of 100,000 pending jobs of 200 shapes on a full fleet with promises, limits and drained nodes.",
        "bench/run why_bench"),
    Row("reclaim 4,000 GPUs of 500 nodes for 4,000 pending jobs", "< 50 ms",
        (Figure("reclaim", {"nodes": 500}, 50e3),),
        "165.6 s: KAI, in process, the same shape (its pull request 1809)",
        "The turn that decides all evictions, and where each waiting job goes.",
        "bench/run reclaim_bench --benchmark_filter=nodes:500"),
    Row("the same at 32,500 nodes: 260,000 + 260,000 jobs", "< 10 s",
        (Figure("reclaim", {"nodes": 32500}, 10e6),),
        "none published", "As above.", "bench/run reclaim_bench --benchmark_filter=nodes:32500"),
    Row("simulate a real trace: CEA-Curie, 295,540 jobs", "≥ 200,000 jobs/s",
        (Figure("easy", {"log": "CEA-curie"}, 2e5, is_least=True),),
        "~100 × real time: simulators made of Slurm",
        "From the packed log to the summary, under EASY by requested times, in one thread. Real time would be 20 months.",
        "bench/run easy_bench --benchmark_filter=CEA-curie"),
    Row("five real traces, one after the other", "< 3 s",
        (Figure("easy_all", {}, 3),),
        "–", "KTH-SP2, CTC-SP2, SDSC-SP2, SDSC-BLUE and CEA-Curie, likewise.", "bench/run easy_bench --benchmark_filter=easy_all"),
    Row("a nation's month: 1,000,000 jobs made up on 32,500 nodes, `dure`", "≥ 200,000 jobs/s",
        (Figure("nation", {}, 2e5, is_least=True),),
        "–", "`scenarios/nation.yaml`, from the file to the summary; the jobs are drawn on a thread of their own.",
        "bench/run month_bench",
        "A job is four facts and the plan of 1.8 pools, some nine microseconds in all. Half of them are plans (placing a tenth of the whole, "
        "asking what fits 8 %, walking to the next job 8 %, booking 6 %, promises 5 %), a seventh is bringing the policy up to date with what "
        "has happened, a tenth the state, a tenth what the simulated world does. Neither other allocators nor optimising at link time "
        "or by a profile come near twice the speed."),
    Row("durable submissions over HTTP, 100 in a request", "≥ 40,000 /s",
        (Figure("serve_submit", {"connections": 64, "batch": 100}, 4e4, is_least=True),),
        "500 /s: Slurm's high-throughput guide, tuned",
        "64 connections to a real server with its journal on the disk, which shares the cores with the client that loads it. "
        "Acknowledged is what was decided on and is durable.",
        "bench/run serve_bench --benchmark_filter=batch:100"),
    Row("the same, one job in a request", "≥ 8,000 /s",
        (Figure("serve_submit", {"connections": 64, "batch": 1}, 8e3, is_least=True),),
        "500 /s: Slurm's high-throughput guide, tuned",
        "As above; a client waits for its answer before it asks again.",
        "bench/run serve_bench --benchmark_filter=batch:1$",
        "Each turn waits for two writes that the disk must confirm ([journal.md](journal.md#a-commit)), and the client that "
        "makes the load shares the cores with the server."),
    Row("submitted, decided, acknowledged: 99 of 100, at 1,000 /s behind 1,000,000 pending", "< 10 ms",
        (Figure("serve_latency", {"rate": 1000, "pending": 1000000, "permille": 990}, 10),),
        "–",
        "Requests of one job, each timed from when it was due and not from when it was sent.",
        "bench/run serve_bench --benchmark_filter=latency",
        "Each answer waits for two writes that the disk must confirm ([journal.md](journal.md#a-commit)), and the client that "
        "makes the load shares the cores with the server."),
    Row("restart to the first decision, 140,000 running and 1,000,000 pending", "< 5 s",
        (Figure("restart", {**CROWD, "snapshot": 1}, 5),),
        "8 min 17 s: Volcano, 5,000 nodes, 140,000 pods (its issue 5819)",
        "A new process reads the newest snapshot and the facts after it (some 420,000 of 1,420,000), rebuilds the policy's indices "
        "and what readers see, and starts a job, durably. A server runs jobs on one machine, so that here its parts run "
        "without the network; `serve_restart` kills a whole one.",
        "bench/run restart_bench"),
    Row("memory, 260,000 running and 1,000,000 pending", "< 2 GiB",
        (Figure("memory", {"running": 260000, "pending": 1000000}, 2048),),
        "2.1 to 2.7 GiB: Fluxion 0.54, measured at this size, without as many jobs",
        "What is resident of a process with the state, the policy and the loop.",
        "bench/run memory_bench"),
    Row("forecast of every pending job: a draw, 140,000 running and 100,000 pending", "< 2 s",
        (Figure("forecast_draw", {"pending": 100000}, 2),),
        "none has it",
        "A copy of the state of a full fleet, run forward until all that wait have started or a week is over, with as many arrivals a day as in a "
        "month of a million jobs; on one core.",
        "bench/run forecast_bench --benchmark_filter=draw",
        "A draw starts 174,000 jobs and sees 310,000 end, on 2.8 nodes each at the mean: some seven microseconds for each of these. A fifth "
        "is finding by when a gang fits at the latest, to promise it that; a fifth looking whether promised ones fit; an eighth other "
        "starts; a quarter folding in what happened, in the state and the policy; a tenth the simulated world, a tenth setting out. To take "
        "several ends in one turn would spare a third and make chains of short jobs late without bound "
        "([0024](design/0024-forecasts.md))."),
    Row("the same, a pass of sixteen draws", "< 20 s",
        (Figure("forecast_pass", {"pending": 100000}, 20),),
        "none has it", "As above, one after the other on one core.",
        "bench/run forecast_bench --benchmark_filter=pass",
        "As above."),
    Row("memory of a forecast's copies, one draw at a time", "< 1 GiB",
        (Figure("forecast_memory", {}, 1024),),
        "none has it", "The most that is resident during a pass, above what the state, the policy and the loop take.",
        "bench/run forecast_bench --benchmark_filter=memory"),
)

# What is shown without a budget: label, name, parameters.
MORE = (
    ("place 1-GPU jobs, a turn for each, submission included", "place_single_one_by_one", FLEET),
    ("restart with every fact replayed, 140,000 running and 1,000,000 pending", "restart", {**CROWD, "snapshot": 0}),
    ("a server killed and started again, 1,000,000 pending: to the first acknowledgement", "serve_restart", {"pending": 1000000}),
    ("half of all submissions acknowledged at 1,000 /s behind 1,000,000 pending", "serve_latency",
     {"rate": 1000, "pending": 1000000, "permille": 500}),
    ("99 of 100 submissions acknowledged at 1,000 /s behind 100,000 pending, with forecasts off", "serve_forecast",
     {"forecasts": "off", "rate": 1000, "pending": 100000, "permille": 990}),
    ("the same, with forecasts of all that wait made one after the other", "serve_forecast",
     {"forecasts": "on", "rate": 1000, "pending": 100000, "permille": 990}),
    ("memory, 260,000 running and none pending", "memory", {"running": 260000, "pending": 0}),
    ("facts made durable, 4,000 in a turn", "commit", {"facts": 4000}),
    ("facts replayed, 1,000 in a turn", "replay", {"facts": 1000}),
)

NODES = (650, 6500, 32500)
PENDING = (1000, 10000, 100000, 1000000)
