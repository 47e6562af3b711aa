// The queues of several pools over one set of lines, against a list of all waiting jobs that is searched from end to
// end. DURE_SEED=n plays that one alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "chance.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/eligible_pools.h"
#include "dure/policy/expiry.h"
#include "dure/policy/pool_queue.h"

namespace dure {
namespace {

FleetSpec random_fleet(Random& random) {
  std::vector<PoolSpec> pools;
  for (const char* name : {"p", "q", "r"}) {
    pools.push_back({.name = name,
                     .gpu_model = "X",
                     .gpus_per_node = pick<std::uint32_t>(random, {4, 8, 8}),
                     .nodes_per_rack = static_cast<std::uint32_t>(random.between(2, 12)),
                     .reclaim_within = pick(random, {seconds(30), minutes(10)})});
  }
  return {.name = "f", .sites = {{.name = "s", .pools = pools}}};
}

void set_quotas(Random& random, TenantSpec& tenant, std::int64_t most_guaranteed) {
  tenant.weight = static_cast<std::uint32_t>(random.between(1, 4));
  if (one_in(random, 4)) tenant.fairness = Fairness::users;
  tenant.preempt = one_in(random, 6) ? Preempt::priority : Preempt::none;
  for (const char* pool : {"s/p", "s/q", "s/r"}) {
    QuotaSpec quota{.pool = pool};
    if (one_in(random, 3)) quota.guarantee_milli = random.between(0, most_guaranteed);
    if (one_in(random, 3)) quota.limit_milli = quota.guarantee_milli.value_or(0) + random.between(0, 12) * whole;
    tenant.quotas.push_back(quota);
  }
}

// Some with more siblings than a word has bits, some whose siblings have children between them.
TenantSpec random_tenant(Random& random, std::string name, int depth) {
  TenantSpec tenant{.name = std::move(name)};
  const std::int64_t children = depth == 3 || one_in(random, 2) ? 0 : one_in(random, 6) ? 70 : random.between(1, 4);
  for (std::int64_t c = 0; c < children; ++c) {
    tenant.children.push_back(random_tenant(random, fmt::format("c{}", c), children == 70 ? 3 : depth + 1));
  }
  set_quotas(random, tenant, depth == 0 ? 8 * whole : whole);
  return tenant;
}

TenantsSpec random_tenants(Random& random) {
  TenantsSpec tenants{.half_life = pick(random, {minutes(5), days(1)})};
  for (std::int64_t r = random.between(1, 4); r > 0; --r) {
    tenants.roots.push_back(random_tenant(random, fmt::format("t{}", r), 0));
  }
  return tenants;
}

class QueueStorm {
 public:
  explicit QueueStorm(std::uint64_t seed)
      : random_(seed), order_(pick(random_, {LeafOrder::oldest, LeafOrder::shortest})) {
    say(FleetDeclared{random_fleet(random_)});
    say(TenantsDeclared{random_tenants(random_)});
    for (std::uint32_t user = 0; user < 4; ++user) say(UserDeclared{UserId{user}, fmt::format("u{}", user)});
    for (std::size_t t = 0; t < state_.tenants().size(); ++t) {
      if (state_.tenants()[id_of<TenantTag>(t)].is_leaf()) leaves_.push_back(id_of<TenantTag>(t));
    }
    index_ = std::make_unique<CapacityIndex>(state_.fleet());
    lines_ = std::make_unique<WaitingLines>(state_, order_);
    credits_.reset(state_);
    for (std::size_t p = 0; p < pools_.size(); ++p) pools_[p].queue.reset(state_, id_of<PoolTag>(p), *lines_, credits_);
  }

  void play(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      befall();
      if (one_in(random_, 3)) now_ = now_ + pick(random_, {seconds(1), seconds(40), minutes(7)});
      for (std::size_t p = 0; p < pools_.size(); ++p) compare(id_of<PoolTag>(p));
    }
  }

 private:
  struct Waiting {
    ClassId job_class;
    std::optional<PoolId> promised;
  };
  struct Pool {
    PoolQueue queue;
    std::map<TenantId, std::int64_t> claimed;
    std::vector<std::pair<TenantId, std::int64_t>> claims;
    std::vector<std::pair<TenantId, ClassId>> hidden;
  };

  const Job& job(JobId id) const { return state_.jobs()[id]; }
  std::int64_t amount(const Job& job, PoolId pool) const {
    return state_.amount(state_.shape_of(job), pool, state_.shape_of(job).tasks_min);
  }
  bool stands_in(JobId id, PoolId pool) const {
    const Waiting& waiting = waiting_.at(id);
    return waiting.promised != pool && std::ranges::count(lines_->pools(waiting.job_class), pool) > 0;
  }

  void say(Change change) { state_.apply({now_, std::move(change)}); }

  void befall() {
    switch (random_.below(12)) {
      case 0: return claim();
      case 1: return hide();
      case 2: return with_one([&](JobId id) { update(id); });
      case 3: return with_one([&](JobId id) { cancel(id); });
      case 4: return with_one([&](JobId id) { waiting_.at(id).promised ? drop(id) : promise(id); });
      case 5:
      case 6: return start();
      case 7: return end();
      default:
        for (std::uint64_t more = one_in(random_, 8) ? 60 : 2; more > 0; --more) submit();
    }
  }

  template <class Function>
  void with_one(Function&& function) {
    if (waiting_.empty()) return;
    function(std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(random_.below(waiting_.size())))->first);
  }

  void submit() {
    const JobId id{next_job_++};
    JobSpec spec{.tenant = leaves_[random_.below(leaves_.size())],
                 .user = UserId{static_cast<std::uint32_t>(random_.below(4))},
                 .time_limit = minutes(std::int64_t{1} << random_.below(12)),
                 .priority = static_cast<std::int32_t>(one_in(random_, 4) ? random_.between(-1, 1) : 0)};
    spec.shape.per_task.gpu_milli = pick<std::int64_t>(random_, {1, 1, 2, 3, 4, 8}) * whole;
    if (one_in(random_, 3)) spec.shape.pools = {PoolId{0}, PoolId{2}};
    if (one_in(random_, 6)) spec.shape.pools = {PoolId{1}};
    if (one_in(random_, 6)) spec.start_by = now_ + days(900);
    if (one_in(random_, 3))
      spec.checkpoint =
          Checkpoint{.every = minutes(10), .grace = pick(random_, {seconds(20), minutes(5), minutes(20)})};
    if (!state_.check(JobSubmitted{id, spec})) return;
    say(JobSubmitted{id, spec});
    enqueue(id);
  }

  void enqueue(JobId id) {
    const ClassId job_class = lines_->insert(job(id), Stands::in_line);
    class_bound_ = std::max(class_bound_, job_class.index() + 1);
    waiting_[id] = {job_class, {}};
    for (const PoolId pool : lines_->pools(job_class)) {
      pool_of(pool).queue.insert(state_, job(id), job_class, Stands::in_line);
    }
  }

  void dequeue(const Job& gone) {
    const Waiting waiting = waiting_.at(gone.id);
    const Stands place = waiting.promised ? Stands::apart : Stands::in_line;
    ASSERT_EQ(lines_->erase(gone, place), waiting.job_class);
    for (const PoolId pool : lines_->pools(waiting.job_class)) {
      if (pool != waiting.promised) pool_of(pool).queue.erase(gone, waiting.job_class, place);
    }
    waiting_.erase(gone.id);
    for (std::size_t p = 0; p < pools_.size(); ++p) forget_hidden(id_of<PoolTag>(p));
  }

  // What is hidden is so as long as somebody of the class waits there.
  void forget_hidden(PoolId pool) {
    std::erase_if(pool_of(pool).hidden, [&](const auto& hidden) {
      return std::ranges::none_of(waiting_, [&](const auto& one) {
        return std::pair(job(one.first).tenant, one.second.job_class) == hidden && stands_in(one.first, pool);
      });
    });
  }

  void cancel(JobId id) {
    say(JobCancelled{id});
    dequeue(state_.departed());
  }

  void update(JobId id) {
    if (one_in(random_, 2)) {
      say(JobUpdated{.job = id, .time_limit = minutes(random_.between(1, 600)), .priority = {}, .name = {}});
    } else {
      say(JobUpdated{
          .job = id, .time_limit = {}, .priority = static_cast<std::int32_t>(random_.between(-1, 1)), .name = {}});
    }
    dequeue(state_.departed());
    enqueue(id);
  }

  void promise(JobId id) {
    Waiting& waiting = waiting_.at(id);
    const auto& pools = lines_->pools(waiting.job_class);
    const PoolId where = pools[random_.below(pools.size())];
    lines_->step_out(job(id), waiting.job_class);
    for (const PoolId pool : pools) {
      if (pool == where) {
        pool_of(pool).queue.erase(job(id), waiting.job_class, Stands::in_line);
      } else {
        pool_of(pool).queue.set_apart(job(id), waiting.job_class);
      }
    }
    waiting.promised = where;
    forget_hidden(where);
  }

  void drop(JobId id) {
    Waiting& waiting = waiting_.at(id);
    lines_->step_in(job(id), waiting.job_class);
    for (const PoolId pool : lines_->pools(waiting.job_class)) {
      if (pool == *waiting.promised) {
        pool_of(pool).queue.insert(state_, job(id), waiting.job_class, Stands::in_line);
      } else {
        pool_of(pool).queue.rejoin(job(id), waiting.job_class);
      }
    }
    waiting.promised.reset();
  }

  void hide() {
    const PoolId id = id_of<PoolTag>(random_.below(pools_.size()));
    Pool& pool = pool_of(id);
    if (!pool.hidden.empty() && one_in(random_, 3)) {
      for (const auto& [tenant, job_class] : pool.hidden) pool.queue.unhide(tenant, job_class);
      return pool.hidden.clear();
    }
    if (const auto next = pool.queue.next(all())) {
      pool.queue.hide(next->tenant, next->job_class);
      pool.hidden.emplace_back(next->tenant, next->job_class);
    }
  }

  void claim() {
    Pool& pool = pools_[random_.below(pools_.size())];
    const auto count = [&](TenantId tenant, std::int64_t milli) {
      pool.queue.claim(tenant, milli);
      for (std::optional<TenantId> at = tenant; at; at = state_.tenants()[*at].parent) pool.claimed[*at] += milli;
    };
    if (!pool.claims.empty() && one_in(random_, 2)) {
      const auto [tenant, milli] = pool.claims.back();
      pool.claims.pop_back();
      return count(tenant, -milli);
    }
    pool.claims.emplace_back(leaves_[random_.below(leaves_.size())], random_.between(1, 3) * whole);
    count(pool.claims.back().first, pool.claims.back().second);
  }

  void start() {
    const PoolId id = id_of<PoolTag>(random_.below(pools_.size()));
    const auto next = pool_of(id).queue.next(all());
    if (!next) return;
    const Shape& shape = state_.shape_of(job(next->job));
    if (index_->pool(id).most_tasks(shape.placing(), shape.within, Fences::respected) == 0) return;
    const Allocation place = index_->pool(id).place(shape.placing(), 1, shape.within, Fences::respected);
    index_->book(id, place, shape.per_task, {now_ + days(1)});
    const Job before = job(next->job);
    dequeue(before);
    say(StartOrdered{before.id, id, place});
    pool_of(id).queue.hold(state_, now_, job(before.id), amount(before, id));
    running_.push_back(before.id);
  }

  void end() {
    if (running_.empty()) return;
    const JobId id = running_[random_.below(running_.size())];
    std::erase(running_, id);
    if (one_in(random_, 2)) {
      say(StartFailed{id});
    } else {
      say(Started{id});
      say(Ended{.job = id, .outcome = Outcome::completed, .exit_code = 0, .reason = {}});
    }
    const Job& gone = state_.departed();
    index_->give_back(gone.pool, gone.allocation, state_.shape_of(gone).per_task, {now_ + days(1)});
    pool_of(gone.pool).queue.given_back(state_, gone);
    if (state_.jobs().find(id) != nullptr) enqueue(id);
  }

  Pool& pool_of(PoolId id) { return pools_[id.index()]; }

  ClassSet all() const {
    ClassSet set;
    for (std::size_t c = 0; c < class_bound_; ++c) set.insert(id_of<ClassTag>(c));
    return set;
  }

  ClassSet some() {
    ClassSet set;
    const std::uint64_t sparse = 1 + random_.below(6);
    for (std::size_t c = 0; c < class_bound_; ++c) {
      if (one_in(random_, sparse)) set.insert(id_of<ClassTag>(c));
    }
    return set;
  }

  // The list: who is first by what documents say.
  std::int64_t room(const Job& job, PoolId pool) {
    std::int64_t limit = no_limit;
    std::int64_t guaranteed = 0;
    for (std::optional<TenantId> at = job.tenant; at; at = state_.tenants()[*at].parent) {
      const Quota& quota = state_.tenants().quota(*at, pool);
      const std::int64_t taken = state_.usage(*at, pool).held_milli + pool_of(pool).claimed[*at];
      if (quota.limit_milli != no_limit) limit = std::min(limit, quota.limit_milli - taken);
      guaranteed = std::max(guaranteed, quota.guarantee_milli - taken);
    }
    const bool is_bound = !state_.may_borrow(job.grace(), pool) && state_.tenants().quota(job.tenant, pool).is_lent_to;
    return is_bound ? std::min(limit, guaranteed) : limit;
  }

  bool goes_before(TenantId a, TenantId b, PoolId pool) const {
    const auto lacks = [&](TenantId t) {
      return state_.usage(t, pool).held_milli < state_.tenants().quota(t, pool).guarantee_milli;
    };
    if (lacks(a) != lacks(b)) return lacks(a);
    const Wide ours = state_.usage(a, pool).usage(weight()) * state_.tenants()[b].weight;
    const Wide theirs = state_.usage(b, pool).usage(weight()) * state_.tenants()[a].weight;
    return ours != theirs ? ours < theirs : a < b;
  }

  std::int64_t weight() const {
    return state_.usage_clock().weight(std::max(end_of_minute(now_), state_.usage_clock().epoch()));
  }

  // By path from the root: whichever tenants part the two of them.
  bool is_tenant_first(TenantId a, TenantId b, PoolId pool) const {
    const auto path = [&](TenantId tenant) {
      std::vector<TenantId> up;
      for (std::optional<TenantId> at = tenant; at; at = state_.tenants()[*at].parent) up.push_back(*at);
      std::ranges::reverse(up);
      return up;
    };
    const std::vector<TenantId> ours = path(a);
    const std::vector<TenantId> theirs = path(b);
    const auto [at, other] = std::ranges::mismatch(ours, theirs);
    return goes_before(*at, *other, pool);
  }

  bool is_first(const Job& a, const Job& b, PoolId pool) const {
    if (a.tenant != b.tenant) return is_tenant_first(a.tenant, b.tenant, pool);
    const auto key = [&](const Job& any) {
      const bool by_turns = state_.tenants()[any.tenant].takes_turns();
      const bool by_age = order_ == LeafOrder::oldest;
      return std::tuple(-any.priority,
                        by_turns ? state_.user_usage().of({any.tenant, pool, any.user}).usage(weight()) : 0,
                        by_age ? 0 : static_cast<int>(estimate_bucket_of(any.estimate)),
                        by_age ? 0 : -static_cast<int>(std::bit_width(static_cast<std::uint64_t>(amount(any, pool)))),
                        any.submitted, any.id);
    };
    return key(a) < key(b);
  }

  std::optional<JobId> first_by_hand(PoolId pool, const ClassSet& among) {
    std::optional<JobId> first;
    for (const auto& [id, waiting] : waiting_) {
      const Job& one = job(id);
      if (!stands_in(id, pool) || !among.contains(waiting.job_class) || amount(one, pool) > room(one, pool)) continue;
      if (std::ranges::count(pool_of(pool).hidden, std::pair(one.tenant, waiting.job_class)) > 0) continue;
      if (!first || is_first(one, job(*first), pool)) first = id;
    }
    return first;
  }

  void compare(PoolId pool) {
    pool_of(pool).queue.set_time(state_, now_);
    const ClassSet among = one_in(random_, 2) ? all() : some();
    const auto expected = first_by_hand(pool, among);
    const auto found = pool_of(pool).queue.next(among);
    EXPECT_EQ(found.has_value(), expected.has_value());
    if (found && expected) {
      EXPECT_EQ(found->job.value, expected->value);
    }
  }

  Random random_;
  LeafOrder order_;
  State state_;
  Time now_;
  std::vector<TenantId> leaves_;
  std::unique_ptr<CapacityIndex> index_;
  std::unique_ptr<WaitingLines> lines_;
  CreditBook credits_;
  std::size_t class_bound_ = 0;  // one more than the largest class there has been
  std::array<Pool, 3> pools_;
  std::map<JobId, Waiting> waiting_;
  std::vector<JobId> running_;
  std::uint32_t next_job_ = 1;
};

TEST(PoolQueueStorm, SeveralPoolsOverOneSetOfLinesAreListsThatAreSearched) {
  const char* only = std::getenv("DURE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  for (std::uint64_t seed = first; seed < first + (only != nullptr ? 1 : 150) && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("to replay: DURE_SEED={} tests/core/pool_queue_storm_test", seed));
    QueueStorm(seed).play(300);
  }
}

}  // namespace
}  // namespace dure
