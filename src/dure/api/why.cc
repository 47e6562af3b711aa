#include "dure/api/why.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "dure/api/pending_order.h"
#include "dure/work/eligible.h"

namespace dure::api {
namespace {

bool is_paused(const JobRow& row, Time now) { return row.job.state == JobState::pending && row.job.not_before > now; }

void add_holds(const JobRow& row, Time now, Why& why) {
  if (row.job.is_user_held) {
    why.blockers.push_back({.reason = Reason::held});
    why.changes.push_back({.remedy = Remedy::release});
  }
  if (row.job.is_hopeless) {
    why.blockers.push_back({.reason = Reason::hopeless});
    why.changes.push_back({.remedy = Remedy::resubmit});
  }
  for (const Dependency& dependency : row.after) {
    why.blockers.push_back({.reason = Reason::dependency, .after = dependency});
  }
  if (is_paused(row, now)) why.blockers.push_back({.reason = Reason::pause, .from = row.job.not_before});
}

// Of two changes of one kind, whether the first is the smaller one.
bool is_smaller(const Suggestion& a, const Suggestion& b) {
  switch (a.remedy) {
    case Remedy::shorter: return a.time_limit > b.time_limit;
    case Remedy::wider: return a.within < b.within;
    case Remedy::fewer_tasks: return a.tasks > b.tasks;
    case Remedy::resume: return a.count < b.count;
    case Remedy::after: return a.at < b.at;
    case Remedy::release:
    case Remedy::resubmit:
    case Remedy::other_pool: return false;
  }
  return false;
}

// Keeps the smallest of each kind.
void offer(Suggestion change, Why& why) {
  const auto same = std::find_if(why.changes.begin(), why.changes.end(),
                                 [&](const Suggestion& other) { return other.remedy == change.remedy; });
  if (same == why.changes.end()) {
    why.changes.push_back(std::move(change));
  } else if (is_smaller(change, *same)) {
    *same = std::move(change);
  }
}

// Of a job whose window is not open: there is none of that id, so that all nodes are barred.
constexpr std::optional<WindowId> no_window = WindowId{~std::uint32_t{0}};

// Whole minutes, where there are any.
Duration rounded_down(Duration duration) {
  const std::int64_t unit = duration >= minutes(1) ? minutes(1).ns : seconds(1).ns;
  return {duration.ns / unit * unit};
}

struct Limit {
  TenantId tenant;
  std::int64_t limit_milli = 0;
  std::int64_t held_milli = 0;
  std::int64_t left_milli() const { return std::max<std::int64_t>(limit_milli - held_milli, 0); }
};

// Whether it may hold no more than is guaranteed to its tenants: its grace is too long for what others are guaranteed.
bool is_lent_nothing(const View& view, const Job& job, PoolId pool) {
  const PoolSpec& spec = view.fleet->pool(pool).spec;
  return spec.min_run_time + job.grace() > spec.reclaim_within && view.tenants->quota(job.tenant, pool).is_lent_to;
}

// Those that are kept for others than the job's tenants, if it may not stand on them; else none.
std::vector<bool> racks_of_others(const View& view, const Job& job, PoolId pool) {
  const Tenants& tenants = *view.tenants;
  std::vector<bool> closed(is_lent_nothing(view, job, pool) ? tenants.kept_racks(pool) : 0);
  for (std::uint32_t rack = 0; rack < closed.size(); ++rack) {
    closed[rack] = !tenants.is_within(job.tenant, *tenants.keeper(pool, rack));
  }
  return closed;
}

// The guarantee on the path that leaves the most room, as the limit that it is to a job that is lent nothing.
Limit best_guarantee(const View& view, TenantId leaf, PoolId pool) {
  std::optional<Limit> best;
  for (std::optional<TenantId> tenant = leaf; tenant; tenant = (*view.tenants)[*tenant].parent) {
    const Limit one{*tenant, view.tenants->quota(*tenant, pool).guarantee_milli, view.use_of(*tenant, pool).held_milli};
    if (!best || one.left_milli() > best->left_milli()) best = one;
  }
  return *best;
}

}  // namespace

// What pays for a job in a pool.
struct Explainer::Costs {
  const std::string& path;  // of the account
  const ledger::Purse& purse;
  std::uint32_t kind = 0;
  ledger::Micro per_hour = 0;

  bool is_covered(Duration time_limit, std::int64_t milli, Time now) const {
    return purse.room(kind, per_hour, time_limit, now) >= milli;
  }
};

// A job and a pool that it could start in.
struct Explainer::Case {
  const JobRow& row;
  PoolId id;
  const Pool& pool;
  PoolSurvey survey;
  Rooms own;  // of a promise to the job in this pool
  Barred barred;
  PoolSurvey open = {};    // as if nothing was barred that is not for it
  Best in_all_racks = {};  // like survey.now, with the racks that are kept for others
  std::int64_t wanted_milli = 0;
  std::optional<Costs> costs = {};  // none: it costs nothing
  std::int64_t limits_leave_milli = no_limit;
  std::vector<Limit> limits = {};                            // that leave too little, upwards
  std::optional<std::pair<Time, JobId>> first_promise = {};  // to another job
  bool is_anyone_moving = false;                             // then nobody may use what is promised

  std::uint64_t tasks() const { return row.shape.tasks_min; }
  Level within() const { return row.shape.within; }
  const PoolOutlook& outlook(const View& view) const { return (*view.pools)[id.index()]; }
  bool is_promised_here() const { return row.promise && row.promise->pool == id; }
  // Whether it is over before that, so that it may use what is promised.
  bool ignores_fences(Time now) const {
    if (row.shape.window) return true;  // what is promised on its nodes is due later
    return is_over_in_time(now + row.job.time_limit);
  }
  bool is_over_in_time(Time end) const { return may_fill_in() && end <= first_promise->first; }
  bool may_fill_in() const { return first_promise && !is_promised_here() && !is_anyone_moving; }
  const Best& usable(Time now) const { return ignores_fences(now) ? survey.now : survey.lasting; }
  bool may_start(Time now) const { return usable(now)[within()] >= tasks(); }
  bool is_barred(NodeId node) const { return barred.is_barred(node.value - pool.first_node.value); }
  std::uint32_t domain_of(NodeId node) const { return pool.domain_of(node, within()); }
};

const PoolSurvey& Explainer::surveyed(PoolId pool, const Placing& placing, const Barred& barred) {
  const auto [found, is_new] = surveys_.try_emplace({pool, placing, barred.bar, barred.closed});
  if (is_new) found->second = survey(view_, pool, placing, {}, barred);
  return found->second;
}

const PoolWindows& Explainer::windows_in(PoolId id) {
  const auto [found, is_new] = windows_.try_emplace(id);
  if (!is_new) return found->second;
  const Pool& pool = view_.fleet->pool(id);
  for (const Window& window : *view_.windows) {
    std::vector<std::uint32_t> nodes;
    for (const NodeId node : window.nodes) {
      if (pool.contains(node)) nodes.push_back(node.value - pool.first_node.value);
    }
    found->second.open(window.id, window.from, window.until, std::move(nodes));
  }
  return found->second;
}

const Window* Explainer::named_by(const JobRow& row) const {
  const auto found = std::find_if(view_.windows->begin(), view_.windows->end(),
                                  [&](const Window& window) { return row.shape.window == window.id; });
  return found == view_.windows->end() ? nullptr : &*found;
}

// What windows bar to the job if it may run for `limit` from now on: all but its own, while that is open for so long.
// Who is lent nothing keeps off the racks of others, too.
Barred Explainer::barred(const JobRow& row, PoolId pool, Duration limit) {
  const PoolWindows& windows = windows_in(pool);
  if (!row.shape.window) {
    return {.windows = &windows,
            .bar = windows.bar(now_, now_ + limit),
            .closed = racks_of_others(view_, row.job, pool),
            .nodes_in_rack = view_.fleet->pool(pool).nodes_in(Level::rack)};
  }
  const Window* named = named_by(row);
  const bool is_open = named != nullptr && named->is_open(now_) && now_ + limit <= named->until;
  return {.windows = &windows, .bar = Bar{.inside = is_open ? row.shape.window : no_window}};
}

std::optional<Explainer::Costs> Explainer::costs_of(const JobRow& row, PoolId pool) const {
  if (view_.ledger == nullptr) return std::nullopt;
  const LedgerFrame& frame = *view_.ledger;
  const auto id = frame.account_of[row.job.tenant.index()];
  const ledger::Account* account = id ? view_.accounts.find(id->index()) : nullptr;
  if (account == nullptr) return std::nullopt;
  return Costs{.path = account->path,
               .purse = account->purse,
               .kind = frame.pools[frame.pool_of[pool.index()]].kind,
               .per_hour = frame.rate_in(pool)};
}

Explainer::Case Explainer::make_case(const JobRow& row, PoolId id) {
  const bool is_promised = row.promise && row.promise->pool == id;
  Rooms own = is_promised ? own_rooms(view_, row) : Rooms{};
  const Placing placing = row.shape.placing();
  const Pool& pool = view_.fleet->pool(id);
  const Barred bars = barred(row, id, row.job.time_limit);
  PoolSurvey found = is_promised ? survey(view_, id, placing, own, bars) : surveyed(id, placing, bars);
  Case at{.row = row,
          .id = id,
          .pool = pool,
          .survey = found,
          .own = std::move(own),
          .barred = bars,
          .wanted_milli = pool.amount(placing.per_task) * row.shape.tasks_min,
          .costs = costs_of(row, id)};
  for (std::optional<TenantId> tenant = row.job.tenant; tenant; tenant = (*view_.tenants)[*tenant].parent) {
    const std::int64_t limit = view_.tenants->quota(*tenant, id).limit_milli;
    if (limit == no_limit) continue;
    const std::int64_t held = view_.use_of(*tenant, id).held_milli;
    at.limits_leave_milli = std::min(at.limits_leave_milli, limit - held);
    if (held + at.wanted_milli > limit) at.limits.push_back({*tenant, limit, held});
  }
  if (is_lent_nothing(view_, row.job, id)) {
    const Limit most = best_guarantee(view_, row.job.tenant, id);
    at.limits_leave_milli = std::min(at.limits_leave_milli, most.left_milli());
    if (at.wanted_milli > most.left_milli()) at.limits.push_back(most);
  }
  for (const auto& promise : at.outlook(view_).first_promises) {
    if (promise.second != row.job.id && !at.first_promise) at.first_promise = promise;
  }
  at.is_anyone_moving = at.outlook(view_).moves > 0;
  const bool is_barred = bars.bar.bars_anything() || !bars.closed.empty();
  at.open = is_barred && !row.shape.window ? surveyed(id, placing, {}) : at.survey;
  if (!bars.closed.empty()) {
    at.in_all_racks = surveyed(id, placing, {.windows = bars.windows, .bar = bars.bar}).now;
  }
  return at;
}

void Explainer::add_limits(const Case& at, Why& why) const {
  for (const Limit& limit : at.limits) {
    Blocker blocker{.reason = Reason::limit, .pool = at.id};
    if (sees_.use(limit.tenant)) {
      blocker.tenant = limit.tenant;
      blocker.wanted = at.wanted_milli;
      blocker.held = limit.held_milli;
      blocker.limit = limit.limit_milli;
    }
    why.blockers.push_back(blocker);
  }
}

// What it costs at most must be free before it starts.
void Explainer::add_credits(const Case& at, Why& why) const {
  if (!at.costs || at.costs->is_covered(at.row.job.time_limit, at.wanted_milli, now_)) return;
  const Costs& costs = *at.costs;
  Blocker blocker{.reason = Reason::credits, .pool = at.id};
  const Wide free = std::max<ledger::Micro>(costs.purse.free(costs.kind), 0);
  if (const auto tenant = view_.tenants->find(costs.path); tenant && sees_.use(*tenant)) {
    blocker.tenant = *tenant;
    blocker.cost = ledger::cost_of(costs.per_hour, at.wanted_milli, at.row.job.time_limit);
    blocker.credits = static_cast<ledger::Micro>(free);
  }
  why.blockers.push_back(blocker);
  if (costs.per_hour == 0 || !at.limits.empty() || !at.may_start(now_)) return;
  const Wide most = free * 1000 * hours(1).ns / (Wide{costs.per_hour} * at.wanted_milli);
  const Duration limit{static_cast<std::int64_t>(std::min<Wide>(most, at.row.job.time_limit.ns))};
  const Duration shorter = rounded_down(limit);
  if (shorter.ns > 0 && costs.is_covered(shorter, at.wanted_milli, now_))
    offer({.remedy = Remedy::shorter, .pool = at.id, .time_limit = shorter}, why);
}

void Explainer::add_own_promise(const Case& at, Why& why) const {
  if (!at.is_promised_here()) return;
  const Reservation& own = *at.row.promise;
  Blocker blocker{.reason = Reason::promise, .pool = at.id, .promise = own.promise, .from = own.from};
  if (takes_back(own.promise)) {
    blocker.reason = Reason::eviction;
    blocker.leaving = at.outlook(view_).leaving_milli;
  }
  why.blockers.push_back(blocker);
}

// What of the nodes is in the way. Exactly one of the reasons that are told apart by sums, and others beside it.
void Explainer::add_room(const Case& at, Why& why) const {
  const bool waits_for_window = at.barred.bar.inside == no_window;
  if (at.may_start(now_) || waits_for_window) return;
  if (at.open.now[at.within()] < at.tasks()) add_shortage(at, why);
  const PoolSurvey& survey = at.survey;
  const std::uint32_t sick_gpus = at.row.shape.per_task.gpu_milli > 0 ? survey.sick_gpus : 0;
  if (survey.drained.size() + survey.lost + sick_gpus > 0) {
    const Best& with_them = at.ignores_fences(now_) ? survey.now_with_down : survey.lasting_with_down;
    why.blockers.push_back({.reason = Reason::down,
                            .pool = at.id,
                            .drained = survey.drained.size(),
                            .lost = survey.lost,
                            .sick_gpus = sick_gpus > 0 ? std::optional<std::uint64_t>(sick_gpus) : std::nullopt,
                            .fits_with_them = with_them[at.within()] >= at.tasks()});
  }
  add_windows(at, why);
  add_racks(at, why);
  add_fences(at, why);
  add_guarantee(at, why);
}

void Explainer::add_shortage(const Case& at, Why& why) const {
  const PoolSurvey& survey = at.open;
  const Demand& demand = at.row.shape.per_task;
  Blocker blocker{.pool = at.id, .tasks = at.tasks(), .tasks_fit = survey.now[at.within()]};
  const bool asks_for_gpus = demand.gpu_milli > 0;
  const auto tasks = static_cast<std::int64_t>(at.tasks());
  if (survey.now[Level::site] >= at.tasks()) {
    blocker.reason = Reason::domain;
    blocker.within = at.within();
  } else if (survey.wherever >= at.tasks()) {
    blocker.reason = Reason::layout;
    blocker.within = at.row.shape.placing().ruled_level();
  } else if (asks_for_gpus && survey.free_gpu_milli < demand.gpu_milli * tasks) {
    blocker.reason = Reason::devices;
    blocker.wanted = demand.gpu_milli * tasks;
    blocker.free = survey.free_gpu_milli;
  } else if (asks_for_gpus && survey.by_devices < at.tasks()) {
    blocker.reason = Reason::fragments;
    blocker.wanted = demand.gpu_milli * tasks;
    blocker.free = survey.free_gpu_milli;
  } else if (survey.by_cpus < at.tasks()) {
    blocker.reason = Reason::cpus;
    blocker.wanted = demand.cpu_milli;
    blocker.free = survey.free_cpu_milli;
    blocker.nodes = survey.lack_cpus;
  } else {
    blocker.reason = Reason::memory;
    blocker.wanted = demand.memory_mib;
    blocker.free = survey.free_memory_mib;
    blocker.nodes = survey.lack_memory;
  }
  why.blockers.push_back(blocker);
}

// The window that the job names is not open, or not for as long as it may run.
void Explainer::add_named_window(const JobRow& row, Why& why) const {
  const Window* named = named_by(row);
  if (named == nullptr || (named->is_open(now_) && now_ + row.job.time_limit <= named->until)) return;
  why.blockers.push_back({.reason = Reason::window,
                          .window = named->name,
                          .from = named->from,
                          .until = named->until,
                          .time_limit = row.job.time_limit});
}

// Windows of others that it would run into keep nodes from it on which something is free. The first of them is told.
void Explainer::add_windows(const Case& at, Why& why) const {
  const std::uint64_t fit = at.survey.now[at.within()];
  if (at.open.now[at.within()] <= fit) return;
  const auto first = std::find_if(view_.windows->begin(), view_.windows->end(), [&](const Window& window) {
    return window.overlaps(now_, now_ + at.row.job.time_limit) &&
           std::any_of(window.nodes.begin(), window.nodes.end(), [&](NodeId node) { return at.pool.contains(node); });
  });
  if (first == view_.windows->end()) return;
  Blocker blocker{.reason = Reason::window,
                  .pool = at.id,
                  .tasks = at.tasks(),
                  .tasks_fit = fit,
                  .from = first->from,
                  .until = first->until,
                  .time_limit = at.row.job.time_limit};
  if (!first->tenant || sees_.use(*first->tenant)) blocker.window = first->name;
  why.blockers.push_back(blocker);
}

void Explainer::add_racks(const Case& at, Why& why) const {
  const std::uint64_t fit = at.survey.now[at.within()];
  if (at.in_all_racks[at.within()] <= fit) return;
  why.blockers.push_back({.reason = Reason::racks, .pool = at.id, .tasks = at.tasks(), .tasks_fit = fit});
}

void Explainer::add_fences(const Case& at, Why& why) const {
  if (at.survey.now[at.within()] <= at.survey.lasting[at.within()] || !at.first_promise || at.ignores_fences(now_))
    return;
  const PoolOutlook& outlook = at.outlook(view_);
  const bool is_own = at.is_promised_here();
  Blocker blocker{.reason = Reason::fences,
                  .pool = at.id,
                  .promised = outlook.promised_milli - (is_own ? at.wanted_milli : 0),
                  .tasks = at.tasks(),
                  .tasks_fit = at.survey.lasting[at.within()],
                  .promises = outlook.promises - (is_own ? 1 : 0),
                  .from = at.first_promise->first,
                  .time_limit = at.row.job.time_limit};
  const JobRow* other = view_.jobs.find(at.first_promise->second.index());
  if (other != nullptr && sees_.job(*other)) blocker.job = at.first_promise->second;
  why.blockers.push_back(blocker);
}

// Whoever holds all that is guaranteed to it takes nothing back. What is promised counts as well, and is not known here
// by tenant: so nothing is said of who is within a guarantee without it.
void Explainer::add_guarantee(const Case& at, Why& why) const {
  if (at.wanted_milli == 0 || at.is_promised_here()) return;
  std::optional<Blocker> beyond;
  for (std::optional<TenantId> tenant = at.row.job.tenant; tenant; tenant = (*view_.tenants)[*tenant].parent) {
    const std::int64_t guarantee = view_.tenants->quota(*tenant, at.id).guarantee_milli;
    const std::int64_t held = view_.use_of(*tenant, at.id).held_milli;
    if (held + at.wanted_milli <= guarantee) return;
    if (guarantee == 0 || beyond) continue;
    beyond = Blocker{.reason = Reason::guarantee, .pool = at.id};
    if (!sees_.use(*tenant)) continue;
    beyond->tenant = tenant;
    beyond->wanted = at.wanted_milli;
    beyond->held = held;
    beyond->guarantee = guarantee;
  }
  if (beyond) why.blockers.push_back(*beyond);
}

void Explainer::add_order(const JobRow& row, Why& why) const {
  if (row.job.state != JobState::pending) return;
  const std::uint64_t ahead = ahead_of(view_, row);
  if (ahead == 0) return;
  why.blockers.push_back(
      {.reason = Reason::order, .ahead = ahead, .takes_turns = (*view_.tenants)[row.job.tenant].takes_turns()});
}

// With a time limit of so much.
bool Explainer::would_fit(const Case& at, Duration limit) {
  const Barred bars = barred(at.row, at.id, limit);
  const Placing placing = at.row.shape.placing();
  const bool is_promised = at.is_promised_here();
  const PoolSurvey found = is_promised ? survey(view_, at.id, placing, at.own, bars) : surveyed(at.id, placing, bars);
  const bool is_over_in_time = at.row.shape.window || at.is_over_in_time(now_ + limit);
  return (is_over_in_time ? found.now : found.lasting)[at.within()] >= at.tasks();
}

// The longest time limit by which it is over before something that is in its way: a promise, the begin of a window, the
// end of its own. A few are tried, a survey each.
void Explainer::offer_shorter(const Case& at, Why& why) {
  constexpr std::size_t most_tried = 8;
  if (at.may_start(now_)) return;
  std::vector<Time> ends;
  if (at.may_fill_in()) ends.push_back(at.first_promise->first);
  const Window* named = named_by(at.row);
  if (named != nullptr) ends = {named->is_open(now_) ? named->until : now_};
  for (const Window& window : *view_.windows) {
    if (named == nullptr) ends.push_back(window.from);
  }
  std::erase_if(ends, [&](Time end) { return end <= now_ || end >= now_ + at.row.job.time_limit; });
  std::sort(ends.begin(), ends.end(), std::greater());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  if (ends.size() > most_tried) ends.erase(ends.begin(), ends.end() - most_tried);
  for (const Time end : ends) {
    const Duration shorter = rounded_down(end - now_);
    if (shorter.ns <= 0 || !would_fit(at, shorter)) continue;
    return offer({.remedy = Remedy::shorter, .pool = at.id, .time_limit = shorter}, why);
  }
}

void Explainer::offer_room(const Case& at, Why& why) {
  if (at.limits.empty() && at.may_start(now_)) return;
  const Level within = at.within();
  const std::int64_t each = at.pool.amount(at.row.shape.per_task);
  const std::int64_t left = std::max<std::int64_t>(at.limits_leave_milli, 0);
  std::uint64_t fewer = at.usable(now_)[within];
  if (each > 0) fewer = at.row.shape.segments.whole_groups_of(std::min(fewer, static_cast<std::uint64_t>(left / each)));
  const bool may_hold_more = each > 0 || at.limits.empty();
  if (may_hold_more && fewer > 0 && fewer < at.tasks()) {
    offer({.remedy = Remedy::fewer_tasks, .pool = at.id, .tasks = fewer}, why);
  }
  if (!at.limits.empty()) return;
  for (int level = static_cast<int>(within) + 1; level <= static_cast<int>(Level::site); ++level) {
    const auto wider = static_cast<Level>(level);
    if (at.usable(now_)[wider] < at.tasks()) continue;
    offer({.remedy = Remedy::wider, .pool = at.id, .within = wider}, why);
    break;
  }
  offer_shorter(at, why);
  if (at.row.shape.placing().ruled_level())
    return;  // what follows counts domain by domain, and not what is within them
  offer_resume(at, why);
  if (!at.is_promised_here()) offer_after(at, why);
}

// Counts the tasks of the job that fit on a node, as far as it may use what is promised there.
std::function<std::uint64_t(NodeId, const NodeRoom&)> Explainer::tasks_on(const Case& at) const {
  const NodeCounter count(view_, at.id, at.row.shape.per_task, at.own);
  if (at.ignores_fences(now_)) return [=](NodeId node, const NodeRoom& room) { return count.now(node, room); };
  return [=](NodeId node, const NodeRoom& room) { return count.lasting(node, room); };
}

// How many tasks of the job fit in the domain of a node, as far as it may use what is promised there.
std::uint64_t Explainer::tasks_in_domain(const Case& at, NodeId node) const {
  if (at.within() == Level::site) return at.usable(now_)[Level::site];
  const auto fit_on = tasks_on(at);
  const std::uint32_t size = at.pool.nodes_in(at.within());
  const std::uint32_t first = at.pool.first_node.value + at.domain_of(node) * size;
  std::uint64_t tasks = 0;
  for (std::uint32_t n = first; n < first + size; ++n) {
    const NodeRoom& room = view_.room_of(NodeId{n});
    if (room.takes_work() && !at.is_barred(NodeId{n})) tasks += fit_on(NodeId{n}, room);
  }
  return tasks;
}

// The fewest drained nodes of one domain with which it fits.
void Explainer::offer_resume(const Case& at, Why& why) const {
  const Best& with_them = at.ignores_fences(now_) ? at.survey.now_with_down : at.survey.lasting_with_down;
  if (at.may_start(now_) || with_them[at.within()] < at.tasks()) return;
  const auto fit_on = tasks_on(at);
  const std::vector<NodeId>& drained = at.survey.drained;
  std::optional<std::vector<NodeId>> fewest;
  for (auto begin = drained.begin(); begin != drained.end();) {
    const std::uint32_t domain = at.domain_of(*begin);
    std::uint64_t fit = tasks_in_domain(at, *begin);
    std::vector<std::pair<std::uint64_t, NodeId>> gains;
    for (; begin != drained.end() && at.domain_of(*begin) == domain; ++begin) {
      gains.emplace_back(fit_on(*begin, view_.room_of(*begin)), *begin);
    }
    std::sort(gains.begin(), gains.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<NodeId> resumed;
    for (auto next = gains.begin(); fit < at.tasks() && next != gains.end(); ++next) {
      fit += next->first;
      resumed.push_back(next->second);
    }
    if (fit >= at.tasks() && (!fewest || resumed.size() < fewest->size())) fewest = std::move(resumed);
  }
  if (!fewest) return;
  std::sort(fewest->begin(), fewest->end());
  Suggestion change{.remedy = Remedy::resume, .pool = at.id, .count = fewest->size()};
  if (sees_.nodes) change.nodes = *std::move(fewest);
  offer(std::move(change), why);
}

// Gives back what the jobs hold that end first by their limits, on nodes where nothing is promised, until the job fits.
// A few ends, and a few thousand placements, are all that is looked at.
void Explainer::offer_after(const Case& at, Why& why) const {
  struct Domain {
    std::uint64_t tasks = 0;
    std::vector<JobId> ended;
  };
  constexpr std::size_t most_placements = 4096;
  const NodeCounter count(view_, at.id, at.row.shape.per_task, at.own);
  std::map<std::uint32_t, Domain> domains;
  std::map<NodeId, std::pair<NodeAmounts, std::uint64_t>> given_back;  // and how many tasks fit with it
  const auto domain_with = [&](NodeId node) -> Domain& {
    const auto [found, is_new] = domains.try_emplace(at.domain_of(node));
    if (is_new) found->second.tasks = tasks_in_domain(at, node);
    return found->second;
  };
  std::size_t placements = 0;
  for (const auto& [end, id] : at.outlook(view_).first_ends) {
    const JobRow& other = *view_.jobs.find(id.index());
    placements += other.job.allocation.size();
    if (placements > most_placements) return;
    for (const Placement& placement : other.job.allocation) {
      const NodeId node = placement.node;
      const NodeRoom& room = view_.room_of(node);
      if (!room.takes_work() || room.is_promised || at.is_barred(node)) continue;
      Domain& domain = domain_with(node);
      const auto [found, is_new] = given_back.try_emplace(node);
      auto& [amounts, fit] = found->second;
      if (is_new) fit = count.now(node, room);
      amounts.add(placement, other.shape.per_task, 1);
      domain.tasks -= fit;
      fit = count.with(node, amounts);
      domain.tasks += fit;
      if (domain.ended.empty() || domain.ended.back() != id) domain.ended.push_back(id);
      if (domain.tasks < at.tasks()) continue;
      Suggestion change{.remedy = Remedy::after, .pool = at.id, .count = domain.ended.size(), .at = end};
      std::sort(domain.ended.begin(), domain.ended.end());
      for (const JobId job : domain.ended) {
        if (sees_.job(*view_.jobs.find(job.index()))) change.jobs.push_back(job);
      }
      return offer(std::move(change), why);
    }
  }
}

// Pools that the job does not name, in which it would start.
void Explainer::offer_other_pools(const JobRow& row, Why& why) {
  constexpr std::size_t most = 3;
  std::size_t found = 0;
  for (std::size_t i = 0; i < view_.fleet->pools().size() && found < most; ++i) {
    const PoolId id = id_of<PoolTag>(i);
    if (may_use(row.shape, id) || !could_hold(view_.fleet->pool(id), row.shape)) continue;
    const Case at = make_case(row, id);
    if (!at.limits.empty() || !at.may_start(now_)) continue;
    why.changes.push_back({.remedy = Remedy::other_pool, .pool = id});
    ++found;
  }
}

Why Explainer::why_not(const JobRow& row, Extent extent) {
  Why why;
  if (row.job.state != JobState::pending && row.job.state != JobState::held) return why;
  add_holds(row, now_, why);
  add_named_window(row, why);
  std::vector<Case> cases;
  for (std::size_t i = 0; i < view_.fleet->pools().size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    if (is_eligible(row.shape, *view_.fleet, id)) cases.push_back(make_case(row, id));
  }
  // First the pool that is nearest to taking it.
  const auto nearness = [this](const Case& at) {
    return std::pair(at.limits.empty(), std::min(at.usable(now_)[at.within()], at.tasks()));
  };
  std::vector<const Case*> nearest;
  for (const Case& at : cases) nearest.push_back(&at);
  std::sort(nearest.begin(), nearest.end(), [&](const Case* a, const Case* b) {
    return nearness(*a) != nearness(*b) ? nearness(*a) > nearness(*b) : a->id < b->id;
  });
  const bool is_any_open = std::any_of(cases.begin(), cases.end(), [&](const Case& at) {
    const bool is_paid = !at.costs || at.costs->is_covered(at.row.job.time_limit, at.wanted_milli, now_);
    return at.limits.empty() && is_paid && at.may_start(now_);
  });
  for (const Case* at : nearest) {
    add_limits(*at, why);
    add_credits(*at, why);
    add_own_promise(*at, why);
    add_room(*at, why);
  }
  add_order(row, why);
  if (is_any_open && row.job.state == JobState::pending && !is_paused(row, now_))
    why.blockers.push_back({.reason = Reason::turn});
  if (extent == Extent::blockers) return why;
  for (const Case* at : nearest) offer_room(*at, why);
  if (!row.shape.pools.empty() && !is_any_open) offer_other_pools(row, why);
  std::sort(why.changes.begin(), why.changes.end(), [](const Suggestion& a, const Suggestion& b) {
    return std::pair(a.remedy, a.pool) < std::pair(b.remedy, b.pool);
  });
  return why;
}

}  // namespace dure::api
