// What State knows of windows: who may open one, who may name one, and what is over.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "dure/core/state.h"

namespace dure {
namespace {

constexpr std::size_t most_windows = 1000;

Result<void> refuse(std::string why) { return fail(Code::invalid_argument, std::move(why)); }

// The most tasks that the window's nodes in the pool hold in one domain of the level when they are empty. O(nodes).
std::int64_t most_tasks_in(const Window& window, const Pool& pool, const Placing& placing, Level within) {
  const auto ruled = placing.ruled_level();
  const std::int64_t on_a_node = pool.tasks_per_empty_node(placing.per_task);
  std::map<std::uint32_t, std::uint64_t> in_ruled;  // by domain of the level that rules how many lie together
  std::map<std::uint32_t, std::int64_t> in_domain;
  std::map<std::uint32_t, std::uint32_t> domain_of;  // of a ruled domain
  for (const NodeId node : window.nodes) {
    if (!pool.contains(node)) continue;
    const std::uint32_t there = pool.domain_of(node, ruled.value_or(Level::node));
    in_ruled[there] += static_cast<std::uint64_t>(on_a_node);
    domain_of[there] = pool.domain_of(node, within);
  }
  std::int64_t most = 0;
  for (const auto& [there, tasks] : in_ruled) {
    std::int64_t& sum = in_domain[domain_of[there]];
    sum += static_cast<std::int64_t>(ruled ? placing.allowed(tasks) : tasks);
    most = std::max(most, sum);
  }
  return most;
}

}  // namespace

void State::apply(const WindowOpened& change) {
  next_window_ = WindowId{change.window.id.value + 1};
  windows_.emplace(change.window.id, change.window);
}

void State::apply(const WindowClosed& change) { closed_window_ = windows_.extract(change.window).mapped().name; }

const std::string& State::window_name(WindowId id) const {
  const auto found = windows_.find(id);
  return found == windows_.end() ? closed_window_ : found->second.name;
}

const Window* State::find_window(std::string_view name) const {
  const auto found =
      std::find_if(windows_.begin(), windows_.end(), [&](const auto& entry) { return entry.second.name == name; });
  return found == windows_.end() ? nullptr : &found->second;
}

std::vector<WindowId> State::windows_over(Time now) const {
  std::vector<WindowId> over;
  for (const auto& [id, window] : windows_) {
    if (window.until <= now) over.push_back(id);
  }
  return over;
}

Time State::next_window_end(Time now) const {
  Time next = Time::never();
  for (const auto& [id, window] : windows_) {
    if (window.until > now) next = std::min(next, window.until);
  }
  return next;
}

// Nodes that two windows share must not be theirs at one time. O(windows x nodes).
Result<void> State::check_overlap(const Window& window) const {
  for (const auto& [id, other] : windows_) {
    if (other.name == window.name) {
      return refuse(fmt::format("there is a window {} already; choose another name, or close that one", other.name));
    }
    if (!other.overlaps(window.from, window.until)) continue;
    for (const NodeId node : window.nodes) {
      if (!other.has(node)) continue;
      return refuse(
          fmt::format("node {} is in window {} from {} to {}; choose other nodes or another time, or close it",
                      fleet_.node_name(node), other.name, to_text(other.from), to_text(other.until)));
    }
  }
  return {};
}

// What is set aside for a tenant that may never use it is of use to nobody. O(pools + nodes).
Result<void> State::check_reserved(const Window& window) const {
  if (window.purpose == WindowPurpose::maintenance) {
    if (!window.tenant) return {};
    return refuse("a maintenance window is no tenant's; leave the tenant out, or reserve the nodes");
  }
  if (!window.tenant) return refuse("a reserved window is some tenant's; say whose jobs may name it");
  if (window.tenant->index() >= tenants_.size()) return fail(Code::not_found, "no such tenant");
  for (std::size_t p = 0; p < fleet_.pools().size(); ++p) {
    const Pool& pool = fleet_.pools()[p];
    const auto nodes =
        std::count_if(window.nodes.begin(), window.nodes.end(), [&](NodeId node) { return pool.contains(node); });
    const std::int64_t limit = most_ever(*window.tenant, {}, id_of<PoolTag>(p));
    if (nodes * pool.node_amount() <= limit) continue;
    return refuse(
        fmt::format("tenant {} may hold {} {} of pool {} at most, and the window takes {}; name fewer nodes, "
                    "or raise the limit",
                    tenants_[*window.tenant].path, limit / whole, pool.has_gpus() ? "GPUs" : "CPUs", pool.path,
                    nodes * pool.node_amount() / whole));
  }
  return {};
}

Result<void> State::check_window(const WindowOpened& change) const {
  const Window& window = change.window;
  if (window.id < next_window_) {
    return refuse(fmt::format("window id {} has been given out already", window.id.value));
  }
  if (windows_.size() >= most_windows) {
    return refuse(fmt::format("there are {} windows, and more are not kept; close some", windows_.size()));
  }
  if (window.name.empty()) return refuse("a window needs a name");
  if (window.nodes.empty()) return refuse("a window needs nodes; name at least one");
  if (std::adjacent_find(window.nodes.begin(), window.nodes.end(), std::greater_equal()) != window.nodes.end()) {
    return refuse("the nodes of a window must be named in order, each once");
  }
  if (window.nodes.back().index() >= health_.size()) {
    return fail(Code::not_found, fmt::format("node {} does not exist", window.nodes.back().value));
  }
  if (window.until <= window.from) {
    return refuse(fmt::format("the window ends at {} and begins at {}; it must end later", to_text(window.until),
                              to_text(window.from)));
  }
  if (window.from < Time{} || window.until > latest_time) {
    return refuse(fmt::format("a window lies between 1970 and {}", to_text(latest_time)));
  }
  if (window.until <= now_) {
    return refuse(
        fmt::format("the window ends at {}, and that has passed; choose a later time", to_text(window.until)));
  }
  if (auto checked = check_reserved(window); !checked) return checked;
  return check_overlap(window);
}

// Whether the job may name the window that it names. O(log windows + depth).
Result<void> State::check_naming(const JobSpec& spec) const {
  if (!spec.shape.window) return {};
  const auto found = windows_.find(*spec.shape.window);
  if (found == windows_.end()) {
    return fail(Code::not_found, "the window that the job names is over, or was withdrawn; leave it out");
  }
  const Window& window = found->second;
  if (window.purpose == WindowPurpose::maintenance) {
    return refuse(fmt::format("window {} is for maintenance, and no job's; leave it out", window.name));
  }
  if (!tenants_.is_within(spec.tenant, *window.tenant)) {
    return refuse(fmt::format("window {} is reserved for tenant {}; submit as that one, or leave the window out",
                              window.name, tenants_[*window.tenant].path));
  }
  return check_length(*spec.shape.window, spec.time_limit);
}

Result<void> State::check_length(WindowId id, Duration time_limit) const {
  const auto found = windows_.find(id);
  if (found == windows_.end()) return {};
  const Window& window = found->second;
  // No turn comes at the very instant at which a window begins.
  constexpr Duration to_begin = minutes(1);
  const Duration left = window.until - std::max(window.from, now_) - to_begin;
  if (time_limit <= left) return {};
  if (left.ns <= 0) {
    return refuse(fmt::format("window {} is over at {}, too soon for another job", window.name, to_text(window.until)));
  }
  return refuse(fmt::format("window {} has {} left for a job, and this one's time limit is {}; ask for less",
                            window.name, to_text(left), to_text(time_limit)));
}

// O(nodes of the window).
bool State::fits_window(const Shape& shape, PoolId pool) const {
  if (!shape.window) return true;
  const Window& window = windows_.at(*shape.window);
  return most_tasks_in(window, fleet_.pool(pool), shape.placing(), shape.within) >= shape.tasks_min;
}

}  // namespace dure
