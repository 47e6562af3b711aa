#include "dure/spec/window_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

std::optional<std::string> read_reason(const Node& node) {
  const bool is_sentence =
      node.is(Kind::scalar) && node.value().text.size() <= 1000 && is_plain_line(node.value().text);
  if (is_sentence) return node.value().text;
  node.want("a sentence of one line and at most 1,000 bytes");
  return std::nullopt;
}

// It stands in addresses, where a dot or two mean something else.
std::optional<std::string> read_window_name(const Node& node) {
  auto name = read_name(node);
  if (name != "." && name != "..") return name;
  node.want("a name other than `.` and `..`");
  return std::nullopt;
}

// An instant, or so long after `now`.
std::optional<Time> read_instant(const Node& node, std::optional<Time> now) {
  const std::string_view text = node.is(Kind::scalar) ? std::string_view(node.value().text) : "";
  if (const auto time = parse_time(text); time && now) return *time;
  if (const auto after = parse_duration(text)) return now.value_or(Time{}) + *after;
  node.want(!now ? "a duration from the start on, such as 2h"
                 : "a time with a zone, such as 2026-11-26T09:00:00+09:00, or a duration from now on, such as 2h");
  return std::nullopt;
}

std::optional<NodeId> read_node_name(const Node& node, const Fleet& fleet) {
  const auto name = read_name(node);
  if (!name) return std::nullopt;
  const auto found = fleet.find_node(*name);
  if (!found) node.refuse("found the unknown node " + quote(*name), "`dure fleet --nodes` lists them");
  return found;
}

std::optional<PoolId> read_pool(const Node& node, const Fleet& fleet) {
  const auto path = read_path(node);
  if (!path) return std::nullopt;
  const auto found = fleet.find_pool(*path);
  if (!found) node.refuse("found the unknown pool " + quote(*path), "`dure fleet` lists them");
  return found;
}

void read_nodes(Fields& in, const Fleet& fleet, Window& window) {
  if (!in.need_one_of("nodes", "pool", "name nodes, or a pool for all of its nodes")) return;
  if (in.has("pool")) {
    PoolId id;
    if (!in.take("pool", id, [&](const Node& node) { return read_pool(node, fleet); })) return;
    const Pool& pool = fleet.pool(id);
    for (std::uint32_t n = 0; n < pool.node_count; ++n) window.nodes.push_back(NodeId{pool.first_node.value + n});
    return;
  }
  const auto read_one = [&](const Node& node) { return read_node_name(node, fleet); };
  in.need("nodes", window.nodes, list_of(read_one, "a list of names of nodes"));
  std::sort(window.nodes.begin(), window.nodes.end());
  window.nodes.erase(std::unique(window.nodes.begin(), window.nodes.end()), window.nodes.end());
}

void read_times(Fields& in, std::optional<Time> now, Window& window) {
  const auto read_at = [&](const Node& node) { return read_instant(node, now); };
  window.from = now.value_or(Time{});
  const std::size_t mistakes_before = in.node().mistakes().count();
  in.take("from", window.from, read_at);
  if (!in.need_one_of("for", "until", "say how long the window lasts, or until when")) return;
  Duration lasts;
  if (in.take("for", lasts, read_positive_duration)) window.until = window.from + lasts;
  in.take("until", window.until, read_at);
  if (in.node().mistakes().count() > mistakes_before) return;
  const Node end = in.at(in.has("until") ? "until" : "for");
  const std::string found = "found " + quote(end.value().text);
  if (window.until <= window.from) {
    end.refuse(found + ", which is not after the beginning", "write a later end");
  } else if (now && window.until <= *now) {
    end.refuse(found + ", and the window has passed", "write a later end");
  }
}

}  // namespace

std::optional<Window> read_window(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                  std::optional<Time> now) {
  constexpr std::string_view wanted = "a window such as {name: cables, nodes: [...], from: 2h, for: 4h}";
  return read_mapping<Window>(node, wanted, [&](Fields& in, Window& window) {
    in.need("name", window.name, read_window_name);
    read_nodes(in, fleet, window);
    read_times(in, now, window);
    TenantId tenant;
    const auto read_whose = [&](const Node& at) -> std::optional<TenantId> {
      const auto path = read_path(at);
      if (!path) return std::nullopt;
      const auto found = tenants.find(*path);
      if (!found) at.refuse("found the unknown tenant " + quote(*path), suggest(*path, tenants.paths()));
      return found;
    };
    if (in.take("tenant", tenant, read_whose)) {
      window.tenant = tenant;
      window.purpose = WindowPurpose::reserved;
    }
    in.take("reason", window.reason, read_reason);
  });
}

}  // namespace dure::spec
