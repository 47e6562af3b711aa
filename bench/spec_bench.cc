// Reading jobs as HTTP brings them: JSON text in, checked jobs with their names resolved out.
#include <benchmark/benchmark.h>

#include <string>

#include "dure/base/assert.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_document.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/json_value.h"
#include "dure/spec/tenants_reader.h"

namespace {

using namespace dure;

const Fleet& fleet() {
  static const Fleet made(spec::read_fleet_text(R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 255}
  - {name: b200, gpu: {model: B200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 255}
  - {name: cpu, node: {cpus: 64}, nodes: 100}
)",
                                                "fleet")
                              .value());
  return made;
}

// `programmes` with ten projects each.
Tenants tenants_of(std::int64_t programmes) {
  std::string text = "tenants:\n- name: nipa\n  children:\n";
  for (std::int64_t i = 0; i < programmes; ++i) {
    text += "  - name: programme-" + std::to_string(i) + "\n    children: [{name: p0}";
    for (int j = 1; j < 10; ++j) text += ", {name: p" + std::to_string(j) + "}";
    text += "]\n";
  }
  return spec::make_tenants(spec::read_tenants_text(text, "tenants", fleet()).value(), fleet());
}

spec::JobDocument small_job(std::int64_t programmes) {
  spec::JobDocument job{.name = "sweep",
                        .tenant = "nipa/programme-" + std::to_string(programmes - 1) + "/p9",
                        .per_task = {.gpu_milli = whole, .cpu_milli = 8 * whole},
                        .pools = {"sejong/h200"},
                        .time_limit = hours(1)};
  job.text.script = "#!/bin/sh\npython3 train.py --seed 7\n";
  return job;
}

// As a batch script comes, with its user's environment.
spec::JobDocument full_job(std::int64_t programmes) {
  spec::JobDocument job = small_job(programmes);
  job.per_task.memory_mib = 65536;
  job.text.launch = Launch::once;
  job.text.directory = "/data/users/someone/experiment";
  job.text.output = "dure-%j.out";
  for (int i = 0; i < 50; ++i) job.text.environment.push_back({"VARIABLE_" + std::to_string(i), std::string(60, 'v')});
  job.text.script += std::string(2000, '#');
  return job;
}

std::string batch_of(const spec::JobDocument& job, int count) {
  std::string text = R"({"jobs":[)";
  for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + to_json(job);
  return text + "]}";
}

void read_batches(benchmark::State& bench, const spec::JobDocument& job, const Tenants& tenants) {
  constexpr int count = 100;
  const std::string text = batch_of(job, count);
  for (auto _ : bench) {
    const auto jobs = spec::read_json_text(
        text, "request", [&](const spec::Node& node) { return spec::read_jobs_node(node, fleet(), tenants); });
    DURE_ASSERT(jobs && jobs->size() == count);
  }
  bench.SetItemsProcessed(bench.iterations() * count);
  bench.SetLabel("jobs/s");
}

void read_small_jobs(benchmark::State& bench) {
  read_batches(bench, small_job(bench.range(0)), tenants_of(bench.range(0)));
}
BENCHMARK(read_small_jobs)->ArgName("programmes")->Arg(10)->Arg(1000)->Repetitions(5);

void read_full_jobs(benchmark::State& bench) {
  read_batches(bench, full_job(bench.range(0)), tenants_of(bench.range(0)));
}
BENCHMARK(read_full_jobs)->ArgName("programmes")->Arg(10)->Repetitions(5);

// The parser alone.
void parse_small_jobs(benchmark::State& bench) {
  const std::string text = batch_of(small_job(10), 100);
  for (auto _ : bench) {
    spec::Mistakes mistakes;
    benchmark::DoNotOptimize(spec::parse_json(text, mistakes.add_file("request"), mistakes));
  }
  bench.SetItemsProcessed(bench.iterations() * 100);
  bench.SetLabel("jobs/s");
}
BENCHMARK(parse_small_jobs)->Repetitions(5);

// What a client does.
void write_small_jobs(benchmark::State& bench) {
  const spec::JobDocument job = small_job(10);
  for (auto _ : bench) benchmark::DoNotOptimize(to_json(job));
  bench.SetItemsProcessed(bench.iterations());
  bench.SetLabel("jobs/s");
}
BENCHMARK(write_small_jobs)->Repetitions(5);

}  // namespace
