// Facts as bytes.
#include "dure/core/fact.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dure {
namespace {

struct WireKind {
  std::size_t alternative = 0;  // of Change
  Layout layout = Layout::first;
};

template <class Kind, std::size_t at = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<at, Change>, Kind>) {
    return at;
  } else {
    return index_of<Kind, at + 1>();
  }
}

constexpr std::size_t first_kinds = index_of<ReservationMade>() + 1;

// By their number. What there was at first, in order; then what has grown and what was added.
constexpr auto wire_kinds = [] {
  std::array<WireKind, first_kinds + 18> kinds;
  for (std::size_t i = 0; i < first_kinds; ++i) kinds[i] = {i, Layout::first};
  kinds[first_kinds] = {index_of<FleetDeclared>(), Layout::placing};
  kinds[first_kinds + 1] = {index_of<JobSubmitted>(), Layout::placing};
  kinds[first_kinds + 2] = {index_of<JobCancelled>(), Layout::placing};
  kinds[first_kinds + 3] = {index_of<NodeDrained>(), Layout::faults};
  kinds[first_kinds + 4] = {index_of<StopOrdered>(), Layout::causes};
  kinds[first_kinds + 5] = {index_of<JobSubmitted>(), Layout::windows};
  kinds[first_kinds + 6] = {index_of<WindowOpened>(), Layout::windows};
  kinds[first_kinds + 7] = {index_of<WindowClosed>(), Layout::windows};
  kinds[first_kinds + 8] = {index_of<TenantsDeclared>(), Layout::fairness};
  kinds[first_kinds + 9] = {index_of<DevicesFailed>(), Layout::first};
  kinds[first_kinds + 10] = {index_of<DevicesReturned>(), Layout::first};
  kinds[first_kinds + 11] = {index_of<NodesSwapped>(), Layout::first};
  kinds[first_kinds + 12] = {index_of<TenantsDeclared>(), Layout::racks};
  kinds[first_kinds + 13] = {index_of<FleetDeclared>(), Layout::hosts};
  kinds[first_kinds + 14] = {index_of<Started>(), Layout::runs};
  kinds[first_kinds + 15] = {index_of<Ended>(), Layout::runs};
  kinds[first_kinds + 16] = {index_of<StartFailed>(), Layout::runs};
  kinds[first_kinds + 17] = {index_of<Booked>(), Layout::first};
  return kinds;
}();

static_assert(first_kinds + 6 == std::variant_size_v<Change>, "a new kind of change needs a number of its own above");

std::uint8_t number_of(std::size_t alternative, Layout layout) {
  const auto is_it = [&](const WireKind& kind) { return kind.alternative == alternative && kind.layout == layout; };
  return static_cast<std::uint8_t>(std::find_if(wire_kinds.begin(), wire_kinds.end(), is_it) - wire_kinds.begin());
}

Layout layout_of(const FleetDeclared& change) {
  Layout layout = Layout::first;
  for (const SiteSpec& site : change.fleet.sites) {
    for (const PoolSpec& pool : site.pools) {
      if (!pool.hosts.empty()) return Layout::hosts;
      if (pool.min_run_time != Duration{}) layout = Layout::placing;
    }
  }
  return layout;
}

Layout layout_of(const JobSubmitted& change) {
  const JobSpec& spec = change.spec;
  if (spec.shape.window) return Layout::windows;
  const bool is_placed = spec.shape.segments != Segments{} || spec.shape.spread != Spread{};
  return is_placed || spec.start_by || spec.hot_swap ? Layout::placing : Layout::first;
}

Layout layout_of(const JobCancelled& change) {
  return change.outcome == Outcome::cancelled ? Layout::first : Layout::placing;
}

Layout layout_of(const NodeDrained& change) {
  return change.cause == DrainCause::asked ? Layout::first : Layout::faults;
}

Layout layout_of(const StopOrdered& change) { return change.why == StopReason{} ? Layout::first : Layout::causes; }

bool states_fairness(const TenantSpec& tenant) {
  return tenant.fairness || tenant.preempt != Preempt::none ||
         std::any_of(tenant.children.begin(), tenant.children.end(), states_fairness);
}

bool states_racks(const TenantSpec& tenant) {
  return std::any_of(tenant.quotas.begin(), tenant.quotas.end(),
                     [](const QuotaSpec& quota) { return quota.racks.has_value(); }) ||
         std::any_of(tenant.children.begin(), tenant.children.end(), states_racks);
}

Layout layout_of(const TenantsDeclared& change) {
  const std::vector<TenantSpec>& roots = change.tenants.roots;
  if (std::any_of(roots.begin(), roots.end(), states_racks)) return Layout::racks;
  const bool is_stated =
      change.tenants.fairness != Fairness::none || std::any_of(roots.begin(), roots.end(), states_fairness);
  return is_stated ? Layout::fairness : Layout::first;
}

Layout layout_of(const WindowOpened&) { return Layout::windows; }

Layout layout_of(const WindowClosed&) { return Layout::windows; }

Layout layout_of(const Started& change) { return change.at || !change.devices.empty() ? Layout::runs : Layout::first; }

Layout layout_of(const StartFailed& change) { return change.reason.empty() ? Layout::first : Layout::runs; }

Layout layout_of(const Ended& change) { return change.ran ? Layout::runs : Layout::first; }

Layout layout_of(const auto&) { return Layout::first; }

Layout layout_of(const Change& change) {
  return std::visit([](const auto& c) { return layout_of(c); }, change);
}

template <std::size_t... at>
void read_alternative(ByteReader& reader, Change& change, std::size_t wanted, std::index_sequence<at...>) {
  (void)((at == wanted && (reader(change.emplace<at>()), true)) || ...);
}

}  // namespace

void fields(ByteWriter& writer, const Fact& fact) {
  writer(fact.time);
  const Layout layout = std::exchange(writer.layout, layout_of(fact.change));
  writer(number_of(fact.change.index(), writer.layout));
  std::visit([&](const auto& change) { writer(change); }, fact.change);
  writer.layout = layout;
}

void fields(ByteReader& reader, Fact& fact) {
  reader(fact.time);
  std::uint8_t number = 0;
  reader(number);
  if (number >= wire_kinds.size()) reader.fail();
  if (reader.has_failed()) return;
  const WireKind kind = wire_kinds[number];
  const Layout layout = std::exchange(reader.layout, kind.layout);
  read_alternative(reader, fact.change, kind.alternative, std::make_index_sequence<std::variant_size_v<Change>>());
  reader.layout = layout;
  if (!reader.has_failed() && layout_of(fact.change) != kind.layout) reader.fail();
}

}  // namespace dure
