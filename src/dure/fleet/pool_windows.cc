#include "dure/fleet/pool_windows.h"

#include <algorithm>
#include <utility>

namespace dure {

void PoolWindows::open(WindowId id, Time from, Time until, std::vector<std::uint32_t> nodes) {
  if (nodes.empty()) return;
  for (const std::uint32_t node : nodes) {
    if (on_node_.size() <= node) on_node_.resize(node + 1);
    on_node_[node].push_back({id, from, until});
  }
  windows_.emplace(id, Window{from, until, std::move(nodes)});
}

std::vector<std::uint32_t> PoolWindows::close(WindowId id) {
  auto found = windows_.extract(id);
  if (found.empty()) return {};
  for (const std::uint32_t node : found.mapped().nodes) {
    std::erase_if(on_node_[node], [&](const OnNode& on) { return on.id == id; });
  }
  if (windows_.empty()) on_node_.clear();
  return std::move(found.mapped().nodes);
}

Bar PoolWindows::bar(Time begin, Time end) const {
  Bar bar;
  for (const auto& [id, window] : windows_) {
    if (window.from < end && window.until > begin) bar.begun_by = std::max(bar.begun_by, window.from);
  }
  if (!bar.bars_anything()) return bar;
  for (const auto& [id, window] : windows_) {
    if (window.until <= begin) bar.over_by = std::max(bar.over_by, window.until);
  }
  return bar;
}

bool PoolWindows::is_barred(std::uint32_t node, const Bar& bar) const {
  const auto has = [&](const auto& matches) {
    return node < on_node_.size() && std::any_of(on_node_[node].begin(), on_node_[node].end(), matches);
  };
  if (bar.inside) return !has([&](const OnNode& on) { return on.id == *bar.inside; });
  return has([&](const OnNode& on) { return on.until > bar.over_by && on.from <= bar.begun_by; });
}

std::vector<Time> PoolWindows::ends_after(Time now) const {
  std::vector<Time> ends;
  for (const auto& [id, window] : windows_) {
    if (window.until > now) ends.push_back(window.until);
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

}  // namespace dure
