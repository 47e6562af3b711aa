// What it costs to know which jobs a singleton comes after, and the look at all jobs that it replaces: jobs of a
// hundred users, ten of a name.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <vector>

#include "dure/base/slab.h"
#include "dure/server/named_jobs.h"

namespace {

using namespace dure;

JobSpec spec_of(std::uint32_t job) {
  return {.name = fmt::format("train-{}", job / 1000), .tenant = TenantId{1}, .user = UserId{job % 100}};
}

void find(benchmark::State& state) {
  const auto jobs = static_cast<std::uint32_t>(state.range(0));
  server::NamedJobs names;
  for (std::uint32_t job = 1; job <= jobs; ++job) names.add(JobId{job}, spec_of(job));
  std::uint32_t next = 0;
  for (auto _ : state) {
    next = (next + 7919) % jobs;
    const JobSpec spec = spec_of(next);
    benchmark::DoNotOptimize(names.find(spec.user, spec.tenant, spec.name, 1001));
  }
}
BENCHMARK(find)->ArgName("jobs")->Arg(10'000)->Arg(1'000'000);

void look_at_all(benchmark::State& state) {
  const auto jobs = static_cast<std::uint32_t>(state.range(0));
  Slab<JobId, Job> slab;
  for (std::uint32_t job = 1; job <= jobs; ++job) {
    const JobSpec spec = spec_of(job);
    slab.insert(JobId{job}, {.id = JobId{job}, .tenant = spec.tenant, .user = spec.user, .name = spec.name});
  }
  std::uint32_t next = 0;
  for (auto _ : state) {
    next = (next + 7919) % jobs;
    const JobSpec spec = spec_of(next);
    std::vector<JobId> found;
    slab.for_each([&](JobId id, const Job& job) {
      if (job.name == spec.name && job.tenant == spec.tenant && job.user == spec.user) found.push_back(id);
    });
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(look_at_all)->ArgName("jobs")->Arg(10'000)->Arg(1'000'000);

}  // namespace
