// The laws of moving jobs for a larger one that finds no room in one piece (docs/design/0018).
#include <algorithm>

#include "laws.h"

namespace dure {
namespace {

constexpr Duration least_gain = minutes(30);

}  // namespace

bool share_a_node(const Allocation& a, const Allocation& b) {
  return std::any_of(a.begin(), a.end(), [&](const Placement& ours) {
    return std::any_of(b.begin(), b.end(), [&](const Placement& theirs) { return ours.node == theirs.node; });
  });
}

void Laws::a_move_is_allowed(const StopOrdered& stop) {
  const Job& job = state_.jobs()[stop.job];
  expect(options_.defragments && stop.outcome == Outcome::evicted, stop.job, "is moved, and nobody asked");
  expect(job.state == JobState::running && job.requeues && job.checkpoint.has_value(), stop.job,
         "is moved, and does not start again from a checkpoint");
  expect(now_ - job.started >= hours(1), stop.job, "is moved before it has run for an hour");
  const auto before = moved_at_.find(stop.job);
  expect(before == moved_at_.end() || now_ - before->second >= hours(1), stop.job, "is moved twice within an hour");
  moved_at_[stop.job] = now_;
  const Job* gang = stop.why.beneficiary ? state_.jobs().find(*stop.why.beneficiary) : nullptr;
  const std::int64_t held = state_.amount(state_.shape_of(job), job.pool, job.placed_tasks());
  expect(gang != nullptr && held < wanted(*gang, job.pool), stop.job, "is moved for one that is no larger");
  lost_by_leavers_ += Wide{job.work_at_stake(now_).ns} * held;
  leavers_.insert(stop.job);
  unplaced_.insert(stop.job);
  ++leavers_so_far_;
}

// Where nobody is, from when it has saved its work at the latest, and as wide as it is.
void Laws::a_leaver_has_a_place(const ReservationMade& promise) {
  const Job& job = state_.jobs()[promise.job];
  expect(unplaced_.erase(promise.job) == 1, promise.job, "is promised another place and was not told to leave");
  expect(promise.pool == job.pool && placed_tasks(promise.allocation) == job.placed_tasks(), promise.job,
         "is moved elsewhere than in its pool, or is to have more or fewer tasks");
  expect(is_free(promise.allocation, state_.shape_of(job).per_task), promise.job, "is moved to where somebody is");
  expect(!is_guest(job.tenant, promise.pool, promise.allocation, nullptr), promise.job,
         "is moved to a rack that is kept for others");
  expect(promise.from == gone_by(job), promise.job, "is moved and waits for more than its own saving");
  promised_[promise.job] = promise.from;
}

void Laws::a_hole_is_worth_it(const ReservationMade& promise, std::optional<Time> otherwise) {
  const Job& job = state_.jobs()[promise.job];
  expect(!leavers_.empty() && unplaced_.empty(), promise.job, "is promised a hole that nobody leaves");
  for (const JobId leaver : leavers_) {
    expect(state_.jobs()[leaver].last_eviction.beneficiary == promise.job, leaver, "makes room for somebody else");
    const auto place = state_.reservations().find(leaver);
    if (place == state_.reservations().end()) continue;
    expect(!share_a_node(place->second.allocation, promise.allocation), leaver, "is moved into the hole");
    expect(promise.from >= gone_by(state_.jobs()[leaver]), leaver, "is not gone when its place is promised");
  }
  expect(otherwise && *otherwise >= promise.from + least_gain, promise.job, "would have started as soon by itself");
  if (otherwise) {
    const Wide gained = Wide{(*otherwise - promise.from).ns} * wanted(job, promise.pool);
    expect(lost_by_leavers_ <= gained, promise.job, "gains less than others lose for it");
  }
  few_move_at_once(promise.pool);
  // Windows tell apart who starts at once and who waits for others.
  if (state_.windows().empty()) {
    leavers_are_needed(job, promise.pool);
    it_would_not_start_by(std::min(promise.from + least_gain, expires(job)), job, promise.pool);
  }
  leavers_.clear();
  lost_by_leavers_ = 0;
  ++holes_;
}

// Put any one back, and the job does not fit where it is no guest: nowhere else are others moved for it.
void Laws::leavers_are_needed(const Job& job, PoolId pool) {
  for (const JobId leaver : leavers_) {
    Jobs gone = leavers_;
    gone.erase(leaver);
    test::Witness books = this->books(pool, {job.id, leaver}, {leaver}, gone);
    close_racks_of_others(job, books);
    expect(!fits(books, job, Fences::respected), leaver, "is moved, and need not be");
  }
}

// As if somebody had all of every node where the job would be a guest.
void Laws::close_racks_of_others(const Job& job, test::Witness& books) const {
  const Pool& pool = *books.pool;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeId node{pool.first_node.value + n};
    if (!is_guest(job.tenant, state_.fleet().pool_of(node), {{.node = node}}, nullptr)) continue;
    const std::uint64_t gpus = all_devices(pool.spec.gpus_per_node);
    books.held.push_back({.allocation = {{.node = node, .tasks = 1, .gpus = gpus, .gpu_milli = whole}},
                          .demand = {.cpu_milli = pool.spec.cpu_milli, .memory_mib = pool.spec.memory_mib},
                          .end = Time::never()});
  }
}

// Here without anybody moved, or in another pool, if all that runs takes as long as it may.
void Laws::it_would_not_start_by(Time then, const Job& job, PoolId promised) {
  Jobs yielding = leavers_;
  yielding.insert(job.id);
  Jobs over;
  for (const JobId id : state_.jobs().sorted_ids()) {
    const Job& other = state_.jobs()[id];
    if (other.holds_devices() && other.latest_end() < then) over.insert(id);
  }
  for (std::size_t p = 0; p < state_.fleet().pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    if (!state_.is_eligible(state_.shape_of(job), pool) || !has_room(job, pool)) continue;
    if (pool != promised && !state_.may_borrow(job.grace(), pool)) continue;
    expect(!fits(books(pool, yielding, leavers_, over), job, Fences::respected), job.id,
           "has others moved for it, and would have started soon");
  }
}

// A twentieth of the pool, or one job.
void Laws::few_move_at_once(PoolId pool) {
  std::int64_t moving = 0;
  std::uint64_t jobs = 0;
  for (const auto& [id, promise] : state_.reservations()) {
    if (promise.pool != pool || promise.promise != Promise::move) continue;
    moving += state_.amount(state_.shape_of(state_.jobs()[id]), pool, placed_tasks(promise.allocation));
    ++jobs;
  }
  expect(jobs == 1 || moving * 20 <= state_.fleet().pool(pool).capacity(), JobId{}, "too much of a pool moves at once");
}

// Whether what the job is promised there is taken exactly so.
bool Laws::is_in_place(const Job& job, PoolId pool) const {
  const auto promise = state_.reservations().find(job.id);
  if (promise == state_.reservations().end() || promise->second.pool != pool) return false;
  const Shape& shape = state_.shape_of(job);
  return promise->second.promise == Promise::move ||
         (promise->second.promise == Promise::defragment && shape.tasks_min == shape.tasks_max);
}

void Laws::places_are_kept(const StartOrdered& start) {
  const Job& job = state_.jobs()[start.job];
  if (!is_in_place(job, start.pool)) return;
  expect(start.allocation == state_.reservations().at(start.job).allocation, start.job,
         "starts elsewhere than on what others left for it, or it was moved to");
}

// From the state alone: whether nobody holds anything of it.
bool Laws::is_free(const Allocation& place, const Demand& demand) const {
  std::map<NodeId, NodeAmounts> taken;
  for (const Placement& placement : place) taken[placement.node].add(placement, demand, 1);
  return std::all_of(taken.begin(), taken.end(), [&](const auto& on_node) {
    const auto& [node, amounts] = on_node;
    const Occupancy& occupancy = state_.occupancy();
    const PoolSpec& spec = state_.fleet().pool(state_.fleet().pool_of(node)).spec;
    bool is_free = amounts.cpu_milli <= occupancy.free_cpu_milli(node) &&
                   (spec.memory_mib == 0 || amounts.memory_mib <= occupancy.free_memory_mib(node));
    for (std::uint32_t device = 0; device < spec.gpus_per_node; ++device) {
      is_free = is_free && amounts.gpu_milli[device] <= occupancy.free_gpu_milli(node, device);
    }
    return is_free;
  });
}

// Whether somebody else is promised something on the same nodes for an earlier time: the job may come in its way.
bool Laws::may_be_in_the_way(const Job& job, const Reservation& promise) const {
  return std::any_of(state_.reservations().begin(), state_.reservations().end(), [&](const auto& other) {
    return other.first != job.id && other.second.from < promise.from &&
           share_a_node(other.second.allocation, promise.allocation);
  });
}

// At rest the place of whoever is moved is nobody else's, and whoever has left is there; so is who waits for a hole and
// finds it empty.
void Laws::moved_jobs_go_on() {
  for (const auto& [id, promise] : state_.reservations()) {
    const Job& job = state_.jobs()[id];
    const bool is_place_free = is_free(promise.allocation, state_.shape_of(job).per_task);
    if (promise.promise == Promise::move) {
      expect(is_place_free, id, "somebody is where it is moved to");
      expect(job.state == JobState::stopping || !has_room(job, promise.pool), id, "is moved, has left, and waits");
    } else if (is_in_place(job, promise.pool) && state_.windows().empty()) {
      expect(!is_place_free || !has_room(job, promise.pool) || may_be_in_the_way(job, promise), id,
             "waits before an empty hole");
    }
  }
}

}  // namespace dure
