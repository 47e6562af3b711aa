#include "dure/simulate/pod_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "dure/simulate/trace/csv_rows.h"
#include "dure/simulate/trace/notation.h"
#include "dure/simulate/trace/text_source.h"

namespace dure::simulate {
namespace {

enum Field : std::size_t { cpu, memory, gpus, milli, name, models };
constexpr std::array<std::string_view, 6> columns{"cpu_milli", "memory_mib", "num_gpu",
                                                  "gpu_milli", "name",       "gpu_spec"};
constexpr std::size_t needed = 4;

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

// Empty: any pool. Nullopt: the fleet has none of these models.
std::optional<std::vector<PoolId>> pools_of(std::string_view allowed, const Fleet& fleet) {
  std::vector<PoolId> pools;
  if (allowed.empty()) return pools;
  while (!allowed.empty()) {
    const std::string_view model = take_until(allowed, '|');
    for (std::size_t i = 0; i < fleet.pools().size(); ++i) {
      if (fleet.pools()[i].spec.gpu_model == model) pools.push_back(id_of<PoolTag>(i));
    }
  }
  std::sort(pools.begin(), pools.end());
  pools.erase(std::unique(pools.begin(), pools.end()), pools.end());
  return pools.empty() ? std::nullopt : std::optional(std::move(pools));
}

std::int64_t read_gpus(CsvRow& row) {
  const std::int64_t count = row.number(gpus);
  if (count == 0) return 0;
  const std::int64_t each = row.number(milli);
  if (count > most_gpus_per_node) row.refuse(gpus, "a pod has 0 to 64 GPUs");
  if (each == 0 || each > whole || (count > 1 && each < whole)) {
    row.refuse(milli, "write 1000, or from 1 to 999 for a share of one GPU");
  }
  return count * each;
}

PodRow read_pod(CsvRow& row, std::size_t number, const Fleet& fleet) {
  PodRow pod{.name = std::string(row.text(name)), .models = std::string(row.text(models)), .shape = {}};
  if (pod.name.empty()) pod.name = std::to_string(number);
  pod.shape.per_task = {.gpu_milli = read_gpus(row), .cpu_milli = row.number(cpu), .memory_mib = row.number(memory)};
  auto pools = pools_of(pod.models, fleet);
  if (!pools) row.refuse(models, "name models of the fleet, with | between them");
  if (pools) pod.shape.pools = std::move(*pools);
  return pod;
}

// Reads numbers with blanks between them; fails at a word that is none, or not below `end`.
Result<std::vector<std::uint32_t>> read_rows(std::string_view text, std::size_t end, std::string_view what) {
  std::vector<std::uint32_t> rows;
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    const auto row = read_whole(word);
    if (!row || static_cast<std::uint64_t>(*row) >= end) {
      return fail(Code::invalid_argument,
                  fmt::format("found the {} '{}'; write its row, from 0 to {}", what, word, end - 1));
    }
    rows.push_back(static_cast<std::uint32_t>(*row));
  }
  return rows;
}

bool are_all_once(std::vector<std::uint32_t> rows, std::size_t count) {
  std::sort(rows.begin(), rows.end());
  return rows.size() == count && std::adjacent_find(rows.begin(), rows.end()) == rows.end();
}

}  // namespace

Result<std::vector<PodRow>> read_pod_list(const std::string& path, const Fleet& fleet) {
  std::vector<PodRow> pods;
  const auto read =
      for_each_csv_row(path, columns, needed, [&](CsvRow& row) { pods.push_back(read_pod(row, pods.size(), fleet)); });
  if (!read) return tl::unexpected<Error>(read.error());
  return pods;
}

TypicalPods typical_pods(const std::vector<PodRow>& pods) {
  constexpr std::uint64_t covered_percent = 95;
  // Number first, then what decides among equal numbers; all falling.
  using Kind = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::string>;
  struct Seen {
    std::uint64_t count = 0;
    const PodRow* first = nullptr;
  };
  std::map<Kind, Seen, std::greater<>> kinds;
  for (const PodRow& pod : pods) {
    const Demand& demand = pod.shape.per_task;
    const std::int64_t each = std::min(demand.gpu_milli, whole);
    Seen& seen = kinds[{demand.cpu_milli, each, (demand.gpu_milli + whole - 1) / whole, pod.models}];
    if (seen.count++ == 0) seen.first = &pod;
  }
  std::multimap<std::uint64_t, Seen, std::greater<>> by_count;  // of equals the first kind first
  for (const auto& [kind, seen] : kinds) by_count.emplace(seen.count, seen);
  TypicalPods typical{.pods = {}, .total = pods.size()};
  std::uint64_t covered = 0;
  for (const auto& [count, seen] : by_count) {
    if (covered * 100 >= pods.size() * covered_percent) break;
    covered += seen.count;
    typical.pods.push_back(
        {.demand = seen.first->shape.per_task, .pools = seen.first->shape.pools, .count = seen.count});
  }
  return typical;
}

Result<PodOrder> read_pod_order(const std::string& path, std::uint64_t seed, std::size_t pods, std::size_t nodes) {
  auto text = TextSource::open(path);
  if (!text) return tl::unexpected<Error>(std::move(text.error()));
  PodOrder order;
  const auto wrong = [&](const std::string& what) {
    return fail(Code::invalid_argument, fmt::format("{}:{}: {}", path, text->line_number(), what));
  };
  while (true) {
    const auto line = text->next_line();
    if (!line) return tl::unexpected<Error>(line.error());
    if (!*line) break;
    std::string_view rest = **line;
    const std::string_view kind = take_until(rest, ' ');
    const auto number = read_whole(take_until(rest, ' '));
    if ((kind != "pods" && kind != "nodes") || !number) return wrong("write pods or nodes, a seed, and rows");
    if (static_cast<std::uint64_t>(*number) != seed) continue;
    auto rows = read_rows(rest, kind == "pods" ? pods : nodes, kind == "pods" ? "pod" : "node");
    if (!rows) return wrong(rows.error().message);
    auto& own = kind == "pods" ? order.pods : order.nodes;
    if (!own.empty()) return wrong(fmt::format("seed {} has {} already; leave out one of the two", seed, kind));
    own = std::move(*rows);
  }
  if (order.pods.empty() || order.nodes.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("{}: there are no pods and nodes of seed {}; name a seed that it has", path, seed));
  }
  if (!are_all_once(order.nodes, nodes)) {
    return fail(Code::invalid_argument,
                fmt::format("{}: the nodes of seed {} are not the {} of the fleet; name each once", path, seed, nodes));
  }
  return order;
}

}  // namespace dure::simulate
