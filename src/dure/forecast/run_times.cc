#include "dure/forecast/run_times.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <string_view>

#include "dure/base/assert.h"
#include "dure/base/hash.h"

namespace dure::forecast {
namespace {

// Of the jobs that are alike, and of all.
constexpr std::size_t most_runs = 32;
constexpr std::size_t most_of_all = 1024;
constexpr std::size_t most_kinds = 262'144 - likeness_levels;
// How many runs must have been seen for a level to count as much as all those below it.
constexpr double trust = 1.0;

struct Traits {
  std::uint64_t tenant = 0;
  std::uint64_t user = 0;
  std::string_view name;
  std::uint64_t tasks = 0;
  std::uint64_t per_task = 0;
  std::int64_t time_limit = 0;
};

std::string_view without_digits(std::string_view name) {
  const std::size_t last = name.find_last_not_of("0123456789");
  return last == std::string_view::npos ? std::string_view{} : name.substr(0, last + 1);
}

std::uint64_t hash_of(std::string_view text) { return hash_128(std::as_bytes(std::span(text))).low; }

std::uint64_t identity_of(const Tenants& tenants, TenantId tenant) { return hash_of(tenants[tenant].path); }

// Numbers, one after the other, to one.
class Key {
 public:
  explicit Key(std::uint64_t level) : state_(level) {}
  Key& operator<<(std::uint64_t part) {
    state_ ^= part;
    state_ = split_mix(state_);
    return *this;
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_;
};

Likeness likeness(const Traits& job) {
  const std::uint64_t name = hash_of(without_digits(job.name));
  const auto limit = static_cast<std::uint64_t>(job.time_limit);
  const std::uint64_t size = std::bit_width(job.tasks * std::max<std::uint64_t>(job.per_task, 1));
  return {
      (Key(0) << job.tenant << job.user << name << job.tasks << job.per_task << limit).value(),
      (Key(1) << job.tenant << job.user << job.tasks << job.per_task << limit).value(),
      (Key(2) << job.tenant << job.user << limit).value(),
      (Key(3) << job.tenant << job.user).value(),
      (Key(4) << job.tenant << size << std::bit_width(limit)).value(),
      (Key(5) << size << std::bit_width(limit)).value(),
      (Key(6)).value(),
  };
}

std::uint64_t amount_of(const Demand& demand) {
  return static_cast<std::uint64_t>(demand.gpu_milli > 0 ? demand.gpu_milli : demand.cpu_milli);
}

}  // namespace

Likeness likeness_of(const State& state, const Job& job) {
  const Shape& shape = state.shape_of(job);
  return likeness({.tenant = identity_of(state.tenants(), job.tenant),
                   .user = job.user.value,
                   .name = job.name,
                   .tasks = shape.tasks_max,
                   .per_task = amount_of(shape.per_task),
                   .time_limit = job.time_limit.ns});
}

Likeness likeness_of(const Tenants& tenants, const JobSpec& spec) {
  return likeness({.tenant = identity_of(tenants, spec.tenant),
                   .user = spec.user.value,
                   .name = spec.name,
                   .tasks = spec.shape.tasks_max,
                   .per_task = amount_of(spec.shape.per_task),
                   .time_limit = spec.time_limit.ns});
}

void RunTimes::learn(const Likeness& likeness, Duration ran) {
  DURE_ASSERT(ran > Duration{});
  ++learnt_;
  if (runs_.size() > most_kinds) forget_the_oldest();
  for (std::size_t level = 0; level < likeness.size(); ++level) {
    Runs& runs = runs_[likeness[level]];
    runs.last_learnt = learnt_;
    const std::size_t most = level + 1 == likeness.size() ? most_of_all : most_runs;
    if (runs.ns.size() < most) {
      runs.ns.push_back(ran.ns);
    } else {
      runs.ns[runs.next] = ran.ns;
      runs.next = static_cast<std::uint32_t>((runs.next + 1) % most);
    }
  }
}

Duration RunTimes::draw(const Likeness& likeness, Duration done, Duration time_limit, Random& random) const {
  for (const std::uint64_t key : likeness) {
    const auto found = runs_.find(key);
    if (found == runs_.end()) continue;
    const std::vector<std::int64_t>& ns = found->second.ns;
    const auto longer =
        static_cast<std::size_t>(std::count_if(ns.begin(), ns.end(), [&](auto n) { return n > done.ns; }));
    if (longer == 0) continue;
    const auto n = static_cast<double>(longer);
    if (random.unit() * (n + trust) >= n) continue;
    std::uint64_t skip = random.below(longer);
    for (const std::int64_t run : ns) {
      if (run > done.ns && skip-- == 0) return {run};
    }
  }
  // Nobody like it is known to have run so long: it goes on by a power law of exponent 2, half as long again and more
  // with a chance of four in nine.
  const double ran = std::max(static_cast<double>(done.ns), 1e9);
  const double most = static_cast<double>(std::max(time_limit, done + seconds(1)).ns);
  if (learnt_ == 0) return {static_cast<std::int64_t>(ran + random.unit() * (most - ran)) + 1};
  return {static_cast<std::int64_t>(std::min(ran / std::sqrt(std::max(1.0 - random.unit(), 1e-9)), most)) + 1};
}

// Of each job there are as many kinds as levels.
void RunTimes::forget_the_oldest() {
  const std::uint64_t since = learnt_ - std::min<std::uint64_t>(learnt_, most_kinds / 2 / likeness_levels);
  std::erase_if(runs_, [&](const auto& kind) { return kind.second.last_learnt < since; });
}

}  // namespace dure::forecast
