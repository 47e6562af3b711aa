#include "dure/simulate/recorder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dure/base/overload.h"
#include "dure/core/harm.h"
#include "dure/simulate/percentile.h"
#include "dure/simulate/seconds.h"

namespace dure::simulate {
namespace {

constexpr std::size_t most_cells = 480;

// Whether each pool counts: those with GPUs, if there are some.
std::vector<bool> counted_pools(const Fleet& fleet) {
  std::vector<bool> counted;
  for (const Pool& pool : fleet.pools()) counted.push_back(pool.has_gpus() == (fleet.gpu_count() > 0));
  return counted;
}

}  // namespace

void FleetHistory::begin(Time start) {
  start_ = start;
  now_ = start;
}

void FleetHistory::advance(Time now, std::int64_t busy_milli, std::uint64_t pending, std::uint64_t running) {
  while (now_ < now) {
    auto at = static_cast<std::size_t>((now_ - start_).ns / width_.ns);
    while (at >= most_cells) {
      join_neighbours();
      at /= 2;
    }
    // An interval that nobody has looked into began with what holds now.
    if (at >= cells_.size()) cells_.resize(at + 1, {.pending = pending, .running = running});
    const Time cell_end = start_ + width_ * static_cast<std::int64_t>(at + 1);
    const Time until = std::min(cell_end, now);
    cells_[at].busy_ns += static_cast<double>(busy_milli) * static_cast<double>((until - now_).ns);
    now_ = until;
  }
}

void FleetHistory::join_neighbours() {
  for (std::size_t i = 0; i < cells_.size(); i += 2) {
    Cell joined = cells_[i];
    if (i + 1 < cells_.size()) joined.busy_ns += cells_[i + 1].busy_ns;
    cells_[i / 2] = joined;
  }
  cells_.resize((cells_.size() + 1) / 2);
  width_ = width_ * 2;
}

std::vector<Sample> FleetHistory::samples(Time end, std::int64_t capacity_milli) const {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Time begin = start_ + width_ * static_cast<std::int64_t>(i);
    const Duration span = std::min(begin + width_, end) - begin;
    const double capacity_ns = static_cast<double>(capacity_milli) * static_cast<double>(span.ns);
    samples.push_back({.time = begin,
                       .busy_share = capacity_ns > 0 ? std::min(1.0, cells_[i].busy_ns / capacity_ns) : 0,
                       .pending = cells_[i].pending,
                       .running = cells_[i].running});
  }
  return samples;
}

Recorder::Recorder(const State& state, const World& world, std::function<void(const FinishedJob&)> on_finished,
                   std::vector<std::string> programmes)
    : world_(world),
      on_finished_(std::move(on_finished)),
      use_(state, counted_pools(state.fleet()), std::move(programmes)) {
  declare(state.tenants());
  counts_gpus_ = state.fleet().gpu_count() > 0;
  for (const Pool& pool : state.fleet().pools()) {
    if (pool.has_gpus() == counts_gpus_) capacity_milli_ += pool.capacity();
  }
}

// What the job occupies, in the unit of the whole run.
std::int64_t Recorder::size_of(const State& state, const Job& job) const {
  const Shape& shape = state.shape_of(job);
  const std::uint32_t tasks = job.holds_devices() ? job.placed_tasks() : shape.tasks_min;
  return (counts_gpus_ ? shape.per_task.gpu_milli : shape.per_task.cpu_milli) * tasks;
}

void Recorder::advance(Time now) {
  if (now == now_) return;
  history_.advance(now, busy_milli_, pending_, running_);
  busy_ns_ += static_cast<double>(busy_milli_) * static_cast<double>((now - now_).ns);
  now_ = now;
}

void Recorder::on_fact(const State& state, const Fact& fact) {
  if (first_submit_ != Time::never()) advance(fact.time);
  std::visit(Overload{
                 [&](const JobSubmitted& c) { on_submitted(state, state.jobs()[c.job]); },
                 [&](const TenantsDeclared&) {
                   declare(state.tenants());
                   use_.declare(state);
                 },
                 [&](const StartOrdered& c) {
                   const Job& job = state.jobs()[c.job];
                   const std::int64_t size = size_of(state, job);
                   use_.hold(job.tenant, job.pool, size, now_);
                   busy_milli_ += size;
                   --pending_;
                   ++running_;
                 },
                 [&](const JobCancelled&) { --pending_; },
                 [&](const Ended& c) { on_ended(state, c); },
                 [&](const NodesSwapped&) {
                   ++swaps_;
                   node_lost_ns_ += lost_ns(state);
                 },
                 [](const auto&) {},
             },
             fact.change);
}

// Leaves keep what was noted of them, whatever their ids are now.
void Recorder::declare(const Tenants& tenants) {
  leaf_of_.assign(tenants.size(), 0);
  for (std::size_t t = 0; t < tenants.size(); ++t) {
    const Tenant& tenant = tenants[id_of<TenantTag>(t)];
    if (!tenant.is_leaf()) continue;
    const auto found =
        std::find_if(leaves_.begin(), leaves_.end(), [&](const LeafUse& use) { return use.path == tenant.path; });
    leaf_of_[t] = static_cast<std::size_t>(found - leaves_.begin());
    if (found == leaves_.end()) leaves_.push_back({.path = tenant.path});
  }
}

void Recorder::on_turn(const State&, bool) { peak_pending_ = std::max(peak_pending_, pending_); }

void Recorder::on_submitted(const State& state, const Job& job) {
  if (first_submit_ == Time::never()) {
    first_submit_ = now_ = job.submitted;
    use_.begin(job.submitted);
    history_.begin(job.submitted);
  }
  last_submit_ = job.submitted;
  ++accepted_;
  ++pending_;
  const Duration runs = std::min(world_.run_time(job.id), job.time_limit);
  offered_ns_ += static_cast<double>(size_of(state, job)) * static_cast<double>(runs.ns);
}

void Recorder::on_ended(const State& state, const Ended& change) {
  const Job& job = state.departed();
  const std::int64_t size = size_of(state, job);
  busy_milli_ -= size;
  --running_;
  use_.hold(job.tenant, job.pool, -size, now_);
  use_of(job.tenant).busy_ns += static_cast<double>(size) * static_cast<double>((state.now() - job.ordered).ns);
  if (change.outcome == Outcome::evicted) {
    Lost& lost = evicted_[static_cast<std::size_t>(cause_of_eviction(job))];
    ++lost.times;
    lost.milli_ns += lost_ns(state);
  }
  if (change.outcome == Outcome::node_lost) node_lost_ns_ += lost_ns(state);
  if (!job.goes_back(change.outcome)) return finish(state, change.outcome);
  ++pending_;
  ++evictions_;
  if (job.evictions == 0) first_starts_.insert(job.id, job.started);
}

// What the last fact cost the job that it is about.
double Recorder::lost_ns(const State& state) const {
  const Job& job = state.departed();
  return static_cast<double>(size_of(state, job)) * static_cast<double>(job.work_at_stake(state.now()).ns);
}

void Recorder::finish(const State& state, Outcome outcome) {
  const Job& job = state.departed();
  Time start = job.started;
  if (const Time* first = first_starts_.find(job.id)) {
    start = *first;
    first_starts_.erase(job.id);
  }
  const std::int64_t size = size_of(state, job);
  const double wait_s = in_seconds(start - job.submitted);
  const double taken_s = in_seconds(state.now() - job.submitted);
  const double work_s = in_seconds(std::min(world_.run_time(job.id), job.time_limit));
  ++finished_;
  completed_ += outcome == Outcome::completed ? 1u : 0u;
  timed_out_ += outcome == Outcome::timed_out ? 1u : 0u;
  waits_.push_back({size, wait_s});
  slowdowns_ += std::max(taken_s / std::max(work_s, 10.0), 1.0);
  completion_s_ += taken_s;
  last_end_ = state.now();
  LeafUse& use = use_of(job.tenant);
  use.wait_s += wait_s;
  ++use.jobs;
  use_.add_wait(job.tenant, wait_s);
  if (!on_finished_) return;
  on_finished_({.job = job,
                .source_id = world_.source_id(job.id),
                .start = start,
                .end = state.now(),
                .outcome = outcome,
                .size_milli = size});
}

void Recorder::fill(Summary& summary) const {
  std::vector<double> waits;
  waits.reserve(waits_.size());
  double sum = 0;
  for (const SizedWait& wait : waits_) {
    waits.push_back(wait.wait_s);
    sum += wait.wait_s;
  }
  const double jobs = std::max<double>(1, static_cast<double>(finished_));
  const bool any = first_submit_ != Time::never();
  const double makespan_ns = any ? static_cast<double>((std::max(last_end_, first_submit_) - first_submit_).ns) : 0;
  const double arrivals_ns = any ? static_cast<double>((last_submit_ - first_submit_).ns) : 0;
  const auto capacity = static_cast<double>(capacity_milli_);
  summary.jobs_completed = completed_;
  summary.jobs_timed_out = timed_out_;
  summary.mean_wait_s = sum / jobs;
  summary.p50_wait_s = percentile(waits, 0.50);
  summary.p95_wait_s = percentile(waits, 0.95);
  summary.p99_wait_s = percentile(waits, 0.99);
  summary.avg_bounded_slowdown = slowdowns_ / jobs;
  summary.mean_completion_s = completion_s_ / jobs;
  summary.makespan_s = makespan_ns / 1e9;
  summary.gpu_hours = busy_ns_ / 1e3 / 3.6e12;
  summary.utilisation = makespan_ns > 0 ? busy_ns_ / (capacity * makespan_ns) : 0;
  summary.offered_load = arrivals_ns > 0 ? offered_ns_ / (capacity * arrivals_ns) : 0;
  summary.peak_pending = peak_pending_;
  summary.evictions = evictions_;
  summary.swaps = swaps_;
  for (std::size_t cause = 0; cause < evicted_.size(); ++cause) {
    if (evicted_[cause].times == 0) continue;
    const double hours = evicted_[cause].milli_ns / 1e3 / 3.6e12;
    summary.evictions_by_cause.push_back(
        {std::string(to_text(static_cast<StopCause>(cause))), evicted_[cause].times, hours});
    summary.lost_gpu_hours_evicted += hours;
  }
  summary.lost_gpu_hours_faults = node_lost_ns_ / 1e3 / 3.6e12;
  use_.fill(last_end_, summary);
}

namespace {

// Powers of two: 1, 2, 3-4, 5-8, ...; shares of one device count as 1.
std::uint64_t size_class(std::int64_t size_milli) {
  std::uint64_t top = 1;
  while (static_cast<std::int64_t>(top) * whole < size_milli) top *= 2;
  return top;
}

}  // namespace

void Recorder::fill(const State& state, ReportInput& input) const {
  input.unit = counts_gpus_ ? "GPU" : "CPU";
  input.samples = history_.samples(last_end_, capacity_milli_);
  std::map<std::uint64_t, std::vector<double>> by_size;
  for (const SizedWait& wait : waits_) by_size[size_class(wait.size_milli)].push_back(wait.wait_s);
  for (auto& [top, waits] : by_size) {
    input.waits.push_back({.size_min = top == 1 ? 1 : top / 2 + 1,
                           .size_max = top,
                           .jobs = waits.size(),
                           .p50_s = percentile(waits, 0.50),
                           .p90_s = percentile(waits, 0.90),
                           .p99_s = percentile(waits, 0.99),
                           .max_s = *std::max_element(waits.begin(), waits.end())});
  }
  for (const LeafUse& use : leaves_) {
    const std::optional<TenantId> id = state.tenants().find(use.path);
    std::int64_t guarantee = 0;
    for (std::size_t p = 0; id && p < state.fleet().pools().size(); ++p) {
      if (state.fleet().pools()[p].has_gpus() != counts_gpus_) continue;
      guarantee += state.tenants().quota(*id, id_of<PoolTag>(p)).guarantee_milli;
    }
    input.tenants.push_back(
        {.path = use.path,
         .used_gpu_hours = use.busy_ns / 1e3 / 3.6e12,
         .share = busy_ns_ > 0 ? use.busy_ns / busy_ns_ : 0,
         .guarantee = static_cast<double>(guarantee) / static_cast<double>(std::max<std::int64_t>(capacity_milli_, 1)),
         .jobs = use.jobs,
         .mean_wait_s = use.jobs > 0 ? use.wait_s / static_cast<double>(use.jobs) : 0});
  }
  std::sort(input.tenants.begin(), input.tenants.end(), [](const TenantShare& a, const TenantShare& b) {
    return a.used_gpu_hours != b.used_gpu_hours ? a.used_gpu_hours > b.used_gpu_hours : a.path < b.path;
  });
}

}  // namespace dure::simulate
