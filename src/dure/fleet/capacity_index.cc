#include "dure/fleet/capacity_index.h"

#include <algorithm>

#include "dure/base/assert.h"

namespace dure {
namespace {

// Demands that are kept at hand though nobody watches them, so that one that comes and goes costs nothing.
constexpr std::size_t most_unwatched = 64;
// Trees of one demand that are kept at hand for terms that are not plain: windows bar something, or racks are closed.
constexpr std::size_t most_on_terms = 32;

constexpr Level below(Level level) { return static_cast<Level>(static_cast<int>(level) - 1); }
constexpr Level above(Level level) { return static_cast<Level>(static_cast<int>(level) + 1); }
constexpr std::size_t index(Level level) { return static_cast<std::size_t>(level); }
constexpr std::size_t index(Fences fences) { return static_cast<std::size_t>(fences); }

}  // namespace

PoolCapacity::PoolCapacity(const Fleet& fleet, PoolId pool, const Occupancy& occupancy)
    : pool_(fleet.pool(pool)),
      occupancy_(occupancy),
      most_per_node_(static_cast<std::uint32_t>(pool_.most_tasks_per_node())),
      outlook_(pool_, occupancy) {
  for (Level level : {Level::rack, Level::block, Level::site}) {
    const std::uint32_t arity = pool_.nodes_in(level) / pool_.nodes_in(below(level));
    arity_[index(level)] = arity;
    std::vector<std::uint32_t>& parents = parent_[index(below(level))];
    parents.resize(count_at(below(level)));
    for (std::uint32_t child = 0; child < parents.size(); ++child) parents[child] = child / arity;
  }
}

DemandId PoolCapacity::watch(const Placing& placing) {
  const DemandId id = know(placing);
  ++demands_[id.index()].watchers;
  return id;
}

std::uint64_t PoolCapacity::most_tasks(DemandId id, Level within, const Terms& terms) {
  return best_of(tree(id, terms), Level::site, 0, within);
}

bool PoolCapacity::fits(DemandId id, std::uint32_t tasks, Level within, const Terms& terms) {
  if (const auto clearly = clearly_fits(planted(id, terms), tasks, within)) return *clearly;
  return fits_in(tree(id, terms), tasks, within);
}

// Each change adds no more than an empty node holds.
std::uint64_t PoolCapacity::hopeless_until(DemandId id, std::uint32_t tasks) const {
  const Tree& known = demands_[id.index()].trees[index(Fences::ignored)];
  const std::uint64_t sum = tasks_in(known, Level::site, 0);
  if (sum >= tasks || known.most_a_change == 0) return log_end();
  return known.synced_to + (tasks - sum + known.most_a_change - 1) / known.most_a_change;
}

std::uint64_t PoolCapacity::changes_needed(DemandId id, std::uint32_t tasks, Level within, const Terms& terms) {
  const std::uint64_t most = most_tasks(id, within, terms);
  const std::uint64_t each = planted(id, terms).most_a_change;
  return each == 0 ? 0 : (tasks - most + each - 1) / each;
}

// What can be told from what was known some changes ago, if that is enough.
std::optional<bool> PoolCapacity::clearly_fits(const Tree& tree, std::uint32_t tasks, Level within) const {
  const std::uint64_t sum = tasks_in(tree, Level::site, 0);
  const std::uint64_t slack = (log_end() - tree.synced_to) * tree.most_a_change;
  if (sum + slack < tasks) return false;
  if (tasks <= 1 || within == Level::site) return sum >= tasks + slack ? std::optional(true) : std::nullopt;
  if (const auto& best = tree.known_best[index(within)]) {
    const std::uint64_t since = (log_end() - best->at) * tree.most_a_change;
    if (best->tasks + since < tasks) return false;
    if (best->tasks >= tasks + since) return true;
  }
  return std::nullopt;
}

// From the cheapest answer to the dearest: a sum, what an empty domain holds, what the best domain has.
bool PoolCapacity::fits_in(Tree& tree, std::uint32_t tasks, Level within) const {
  if (tasks_in(tree, Level::site, 0) < tasks) return false;
  if (tasks <= 1 || within == Level::site) return true;
  if (tree.most_in_empty[index(within)] < tasks) return false;
  const std::uint32_t best = best_of(tree, Level::site, 0, within);
  tree.known_best[index(within)] = {.tasks = best, .at = tree.synced_to};
  return best >= tasks;
}

std::uint64_t PoolCapacity::most_tasks(const Placing& placing, Level within, const Terms& terms) {
  return most_tasks(know(placing), within, terms);
}

Allocation PoolCapacity::place(const Placing& placing, std::uint32_t tasks, Level within, const Terms& terms) {
  DURE_ASSERT(tasks > 0 && placing.segments.whole_groups_of(tasks) == tasks);
  Tree& found = tree(know(placing), terms);
  // Below the level over which they are spread, trees tell how many tasks fit and not how many may lie there.
  Level target = placing.allowed(tasks) < tasks ? above(placing.spread.over) : Level::node;
  for (; !fits_in(found, tasks, target); target = above(target)) DURE_ASSERT(target < within);
  std::uint32_t domain = 0;
  for (Level level = Level::site; level != target; level = below(level)) {
    domain = *tightest_child(found, level, domain, target, tasks);
  }
  Allocation allocation;
  fill(found, target, domain, tasks, allocation);
  std::sort(allocation.begin(), allocation.end(), lies_before);
  return allocation;
}

DemandId PoolCapacity::know(const Placing& placing) {
  const auto found = demand_ids_.find(placing);
  if (found != demand_ids_.end()) return found->second;
  const DemandId id = place_for(placing);
  demand_ids_[placing] = id;
  return id;
}

// A new place, or that of the demand that has gone unwatched and unused for longest.
DemandId PoolCapacity::place_for(const Placing& placing) {
  std::size_t unwatched = 0;
  std::optional<std::size_t> oldest;
  for (std::size_t i = 0; i < demands_.size(); ++i) {
    if (demands_[i].watchers > 0) continue;
    ++unwatched;
    if (!oldest || demands_[i].last_used < demands_[*oldest].last_used) oldest = i;
  }
  if (unwatched < most_unwatched) {
    oldest = demands_.size();
    demands_.emplace_back();
  } else {
    demand_ids_.erase(demands_[*oldest].placing);
    demands_[*oldest] = {};
  }
  demands_[*oldest].placing = placing;
  return id_of<DemandTag>(*oldest);
}

// The tree as it was last asked.
PoolCapacity::Tree& PoolCapacity::planted(DemandId id, const Terms& terms) {
  Known& known = demands_[id.index()];
  known.last_used = ++uses_;
  Tree& result = terms.are_plain() ? known.trees[index(terms.fences)] : place_of(known, terms);
  if (result.nodes.empty()) plant(result, known.placing, terms);
  result.last_used = uses_;
  return result;
}

// The tree of these terms, or a bare one in place of that which has gone unused for longest.
PoolCapacity::Tree& PoolCapacity::place_of(Known& known, const Terms& terms) {
  const auto found =
      std::find_if(known.on_terms.begin(), known.on_terms.end(), [&](const Tree& tree) { return tree.terms == terms; });
  if (found != known.on_terms.end()) return *found;
  if (known.on_terms.size() < most_on_terms) return known.on_terms.emplace_back();
  Tree& oldest = *std::min_element(known.on_terms.begin(), known.on_terms.end(),
                                   [](const Tree& a, const Tree& b) { return a.last_used < b.last_used; });
  oldest = {};
  return oldest;
}

// The tree as of now.
PoolCapacity::Tree& PoolCapacity::tree(DemandId id, const Terms& terms) {
  Tree& result = planted(id, terms);
  if (result.synced_to != log_end()) sync(result);
  return result;
}

void PoolCapacity::plant(Tree& tree, const Placing& placing, const Terms& terms) const {
  tree.placing = placing;
  tree.ruled = placing.ruled_level();
  tree.terms = terms;
  for (Level level : {Level::node, Level::rack, Level::block, Level::site}) {
    tree.most_in_empty[index(level)] = static_cast<std::uint64_t>(pool_.most_tasks(placing, level));
  }
  // What stops may leave more than there is now.
  const bool is_of_now = terms.fences != Fences::after_stops;
  tree.least_idle = is_of_now ? static_cast<int>(placing.per_task.gpu_milli / whole) : 0;
  // A change that is no whole group may begin or end one more.
  tree.most_a_change = static_cast<std::uint64_t>(pool_.tasks_per_empty_node(placing.per_task));
  const std::uint64_t group = placing.segments.of;
  if (group > 0) tree.most_a_change = (tree.most_a_change + group - 1) / group * group;
  tree.nodes.resize(pool_.node_count);
  if (tree.ruled && *tree.ruled != Level::node) tree.before_rule.resize(count_at(*tree.ruled));
  for (Level level : {Level::rack, Level::block, Level::site}) {
    tree.domains[index(level)].resize(count_at(level));
    tree.stale[index(level)].resize(count_at(level));
  }
  rebuild(tree);
}

void PoolCapacity::sync(Tree& stale) const {
  if (stale.synced_to < log_begin_ || log_end() - stale.synced_to > pool_.node_count) return rebuild(stale);
  for (std::uint64_t at = stale.synced_to; at < log_end(); ++at) {
    const NodeChange& change = changed_[at - log_begin_];
    // Of most nodes of a full fleet: no task fitted there, and after that change none did for want of GPUs.
    if (stale.nodes[change.node] == 0 && change.idle_gpus < stale.least_idle) continue;
    update(stale, change.node);
  }
  stale.synced_to = log_end();
}

void PoolCapacity::undone_since(std::uint64_t mark) {
  if (mark < log_begin_) return;  // trimmed meanwhile: every tree that lags is rebuilt
  for (Known& known : demands_) {
    for (Tree& asked : known.trees) take_back(asked, mark);
    for (Tree& asked : known.on_terms) take_back(asked, mark);
  }
  changed_.resize(mark - log_begin_);
}

void PoolCapacity::take_back(Tree& asked, std::uint64_t mark) const {
  if (asked.nodes.empty() || asked.synced_to <= mark) return;
  for (std::optional<KnownBest>& best : asked.known_best) {
    if (best && best->at > mark) best.reset();
  }
  for (std::uint64_t at = mark; at < asked.synced_to; ++at) update(asked, changed_[at - log_begin_].node);
  asked.synced_to = mark;
}

bool PoolCapacity::open(WindowId id, Time from, Time until, const std::vector<NodeId>& nodes) {
  std::vector<std::uint32_t> here;
  for (const NodeId node : nodes) {
    if (!pool_.contains(node)) continue;
    here.push_back(local(node));
    node_changed(node);
  }
  const bool is_here = !here.empty();
  windows_.open(id, from, until, std::move(here));
  return is_here;
}

bool PoolCapacity::is_barred(const Allocation& allocation, const Bar& bar) const {
  return !windows_.empty() && std::any_of(allocation.begin(), allocation.end(), [&](const Placement& placement) {
    return windows_.is_barred(local(placement.node), bar);
  });
}

bool PoolCapacity::close(WindowId id) {
  const std::vector<std::uint32_t> nodes = windows_.close(id);
  for (const std::uint32_t node : nodes) node_changed(NodeId{pool_.first_node.value + node});
  if (windows_.empty()) {
    for (Known& known : demands_) {
      std::erase_if(known.on_terms, [](const Tree& tree) { return tree.terms.bar.bars_anything(); });
    }
  }
  return !nodes.empty();
}

GroundId PoolCapacity::ground_without(const std::vector<bool>& closed) {
  if (std::find(closed.begin(), closed.end(), true) == closed.end()) return everywhere;
  const auto found = std::find(grounds_.begin(), grounds_.end(), closed);
  const auto at = static_cast<std::size_t>(found - grounds_.begin());
  if (found == grounds_.end()) grounds_.push_back(closed);
  return id_of<GroundTag>(at + 1);
}

bool PoolCapacity::is_open(GroundId ground, std::uint32_t local_node) const {
  if (ground == everywhere) return true;
  const std::vector<bool>& closed = grounds_[ground.index() - 1];
  const std::uint32_t rack = local_node / pool_.nodes_in(Level::rack);
  return rack >= closed.size() || !closed[rack];
}

// A log longer than twice the pool is dropped: trees that lag behind it are cheaper to rebuild.
void PoolCapacity::trim_log() {
  if (changed_.size() < 2 * std::size_t{pool_.node_count} + 1024) return;
  log_begin_ += changed_.size();
  changed_.clear();
}

// Valid until the next call.
Room PoolCapacity::room(NodeId node, Fences fences) const {
  if (fences == Fences::ignored || outlook_.is_plain(node)) return occupancy_.room(node);
  return fences == Fences::respected ? outlook_.lasting(node) : outlook_.after_stops(node);
}

std::optional<Room> PoolCapacity::room_on(NodeId node, const Terms& terms) const {
  const bool is_there = is_open(node, terms.bar) && is_open(terms.ground, local(node));
  return is_there ? std::optional(room(node, terms.fences)) : std::nullopt;
}

bool PoolCapacity::is_free(const Allocation& place, const Demand& demand) const {
  std::uint32_t tasks = 0;  // on the node at hand, which several placements may be of
  for (std::size_t i = 0; i < place.size(); ++i) {
    const Placement& placement = place[i];
    const bool is_same_node = i > 0 && place[i - 1].node == placement.node;
    tasks = is_same_node ? tasks + placement.tasks : placement.tasks;
    const Room free = room(placement.node, Fences::respected);
    bool fits = occupancy_.is_available(placement.node) && tasks * demand.cpu_milli <= free.cpu_milli;
    fits = fits && (!free.counts_memory || tasks * demand.memory_mib <= free.memory_mib);
    for_each_device(placement.gpus,
                    [&](std::uint32_t device) { fits = fits && free.free_milli(device) >= placement.gpu_milli; });
    if (!fits) return false;
  }
  return true;
}

Room PoolCapacity::room_on(const Placement& placement) const {
  if (!occupancy_.is_available(placement.node)) return {};
  Room there = room(placement.node, Fences::after_stops);
  there.idle &= placement.gpus;
  there.partial &= placement.gpus;
  return there;
}

std::uint16_t PoolCapacity::fit_now(const Tree& tree, std::uint32_t local_node) const {
  const NodeId node{pool_.first_node.value + local_node};
  if (!is_open(node, tree.terms.bar)) return 0;
  if (!is_open(tree.terms.ground, local_node)) return 0;
  const std::uint32_t fit =
      std::min(room(node, tree.terms.fences).tasks_that_fit(tree.placing.per_task), most_per_node_);
  return static_cast<std::uint16_t>(tree.ruled == Level::node ? tree.placing.allowed(fit) : fit);
}

void PoolCapacity::rebuild(Tree& tree) const {
  for (std::uint32_t node = 0; node < pool_.node_count; ++node) tree.nodes[node] = fit_now(tree, node);
  for (Level level : {Level::rack, Level::block, Level::site}) {
    for (std::uint32_t domain = 0; domain < count_at(level); ++domain) {
      std::uint32_t sum = 0;
      const auto [begin, end] = children(level, domain);
      for (std::uint32_t child = begin; child < end; ++child) sum += tasks_in(tree, below(level), child);
      if (tree.ruled == level) {
        tree.before_rule[domain] = sum;
        sum = static_cast<std::uint32_t>(tree.placing.allowed(sum));
      }
      tree.domains[index(level)][domain].best[index(level)] = sum;
      tree.stale[index(level)][domain] = true;
    }
  }
  tree.synced_to = log_end();
}

// Carries one node's new number up the tree.
void PoolCapacity::update(Tree& tree, std::uint32_t node) const {
  const std::uint16_t fit = fit_now(tree, node);
  std::uint32_t change = std::uint32_t{fit} - std::uint32_t{tree.nodes[node]};
  if (change == 0) return;
  tree.nodes[node] = fit;
  std::uint32_t domain = node;
  for (Level level : {Level::rack, Level::block, Level::site}) {
    domain = parent_[index(below(level))][domain];
    if (tree.ruled == level) change = rule(tree, domain, change);
    tree.domains[index(level)][domain].best[index(level)] += change;
    tree.stale[index(level)][domain] = true;
  }
}

// Books a change of what a domain's parts hold. Returns the change of how much may lie there.
std::uint32_t PoolCapacity::rule(Tree& tree, std::uint32_t domain, std::uint32_t change) {
  std::uint32_t& held = tree.before_rule[domain];
  const std::uint64_t before = tree.placing.allowed(held);
  held += change;
  return static_cast<std::uint32_t>(tree.placing.allowed(held) - before);
}

// Finds what is best below a domain. O(children) for each stale domain in it.
void PoolCapacity::refresh(Tree& tree, Level level, std::uint32_t domain) const {
  if (!tree.stale[index(level)][domain]) return;
  std::array<std::uint32_t, level_count> best{};
  const auto [begin, end] = children(level, domain);
  for (std::uint32_t child = begin; child < end; ++child) {
    if (below(level) != Level::node) refresh(tree, below(level), child);
    for (Level at = Level::node; at < level; at = above(at)) {
      best[index(at)] = std::max(best[index(at)], best_of(tree, below(level), child, at));
    }
  }
  best[index(level)] = tasks_in(tree, level, domain);
  tree.domains[index(level)][domain].best = best;
  tree.stale[index(level)][domain] = false;
}

// The most tasks that fit into one domain of level `at` in this domain.
std::uint32_t PoolCapacity::best_of(Tree& tree, Level level, std::uint32_t domain, Level at) const {
  if (at == level) return tasks_in(tree, level, domain);
  if (at == below(level) && tree.stale[index(level)][domain]) {
    std::uint32_t best = 0;
    const auto [begin, end] = children(level, domain);
    for (std::uint32_t child = begin; child < end; ++child) best = std::max(best, tasks_in(tree, at, child));
    return best;
  }
  refresh(tree, level, domain);
  return tree.domains[index(level)][domain].best[index(at)];
}

std::pair<std::uint32_t, std::uint32_t> PoolCapacity::children(Level level, std::uint32_t domain) const {
  const std::uint32_t arity = arity_[index(level)];
  return {domain * arity, (domain + 1) * arity};
}

// The child with the fewest free places among those with a domain of level `at` that takes all `tasks`.
std::optional<std::uint32_t> PoolCapacity::tightest_child(Tree& tree, Level level, std::uint32_t domain, Level at,
                                                          std::uint64_t tasks) const {
  const auto [begin, end] = children(level, domain);
  std::optional<std::uint32_t> tightest;
  std::uint64_t fewest = 0;
  for (std::uint32_t child = begin; child < end; ++child) {
    // A single task fits on a node wherever anything fits.
    const std::uint32_t places = tasks_in(tree, below(level), child);
    if (places < tasks || (tasks > 1 && best_of(tree, below(level), child, at) < tasks)) continue;
    if (tightest && places >= fewest) continue;
    tightest = child;
    fewest = places;
  }
  return tightest;
}

void PoolCapacity::fill(Tree& tree, Level level, std::uint32_t domain, std::uint64_t tasks, Allocation& out) const {
  if (level == Level::node) {
    const NodeId node{pool_.first_node.value + domain};
    return room(node, tree.terms.fences).choose(node, tree.placing.per_task, static_cast<std::uint32_t>(tasks), out);
  }
  const auto child = tightest_child(tree, level, domain, below(level), tasks);
  if (child) return fill(tree, below(level), *child, tasks, out);
  fill_in_parts(tree, level, domain, tasks, out);
}

// No single child takes them all: the roomiest children are filled up, and the rest goes where it fits most tightly.
void PoolCapacity::fill_in_parts(Tree& tree, Level level, std::uint32_t domain, std::uint64_t tasks,
                                 Allocation& out) const {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> roomiest;
  const auto [begin, end] = children(level, domain);
  for (std::uint32_t child = begin; child < end; ++child) {
    const std::uint64_t places = tasks_in(tree, below(level), child);
    if (places > 0) roomiest.emplace_back(places, child);
  }
  std::sort(roomiest.begin(), roomiest.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::size_t next = 0;
  for (; next < roomiest.size() && roomiest[next].first < tasks; ++next) {
    fill(tree, below(level), roomiest[next].second, roomiest[next].first, out);
    tasks -= roomiest[next].first;
  }
  DURE_ASSERT(next < roomiest.size());
  const auto tight = std::find_if(roomiest.begin() + static_cast<std::ptrdiff_t>(next), roomiest.end(),
                                  [&](const auto& candidate) { return candidate.first < tasks; });
  const std::uint64_t tightest_places = std::prev(tight)->first;
  const auto chosen = std::find_if(roomiest.begin() + static_cast<std::ptrdiff_t>(next), roomiest.end(),
                                   [&](const auto& candidate) { return candidate.first == tightest_places; });
  fill(tree, below(level), chosen->second, tasks, out);
}

CapacityIndex::CapacityIndex(const Fleet& fleet) : occupancy_(fleet) {
  pools_.reserve(fleet.pools().size());
  for (std::size_t i = 0; i < fleet.pools().size(); ++i) pools_.emplace_back(fleet, id_of<PoolTag>(i), occupancy_);
}

void CapacityIndex::book(PoolId pool_id, const Allocation& allocation, const Demand& demand, Departure leaves) {
  for (const Placement& placement : allocation) {
    occupancy_.book(placement, demand);
    pool(pool_id).outlook_.taken(placement, demand, leaves);
    pool(pool_id).node_changed(placement.node);
  }
}

void CapacityIndex::give_back(PoolId pool_id, const Allocation& allocation, const Demand& demand, Departure leaves) {
  for (const Placement& placement : allocation) {
    occupancy_.give_back(placement, demand);
    pool(pool_id).outlook_.given_back(placement, demand, leaves);
    pool(pool_id).node_changed(placement.node);
  }
}

void CapacityIndex::stop(PoolId pool_id, const Allocation& allocation, const Demand& demand, Time end, Time by) {
  for (const Placement& placement : allocation) {
    pool(pool_id).outlook_.stops(placement, demand, end, by);
    pool(pool_id).node_changed(placement.node);
  }
}

void CapacityIndex::set_available(PoolId pool_id, NodeId node, bool available) {
  occupancy_.set_available(node, available);
  pool(pool_id).node_changed(node);
}

void CapacityIndex::set_sick(PoolId pool_id, NodeId node, std::uint64_t gpus) {
  occupancy_.set_sick(node, gpus);
  pool(pool_id).node_changed(node);
}

}  // namespace dure
