#include "dure/import/slurm_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "dure/base/host_list.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/simulate/trace/notation.h"

namespace dure::importing {
namespace {

// A line that names nodes, or others of its kind.
struct Named {
  std::string name;
  std::vector<std::string> nodes;
  std::vector<std::string> parts;  // names
  std::int64_t size = 0;           // of a block, as it says
};

struct Lines {
  std::vector<Named> switches;
  std::vector<Named> blocks;
  std::vector<Named> aggregated;
  std::vector<std::int64_t> block_sizes;
};

std::string without_comments(std::string_view text) {
  std::string plain;
  for (bool is_comment = false; const char c : text) {
    is_comment = c != '\n' && (is_comment || c == '#');
    if (!is_comment) plain += c;
  }
  return plain;
}

Result<std::vector<std::string>> names(const SlurmText& text, const SlurmRecord& record, std::string_view key) {
  const auto list = record.find(key);
  if (!list) return std::vector<std::string>{};
  auto read = read_host_list(*list, static_cast<std::uint32_t>(most_nodes));
  if (read) return *std::move(read);
  return bad_record(text, record.line(), fmt::format("{}=: {}; {}", key, read.error().found, read.error().remedy));
}

Result<Named> read_named(const SlurmText& text, const SlurmRecord& record, std::string_view name) {
  auto nodes = names(text, record, "Nodes");
  if (!nodes) return tl::unexpected<Error>(nodes.error());
  auto parts = names(text, record, "Switches");
  if (!parts) return tl::unexpected<Error>(parts.error());
  return Named{.name = std::string(name),
               .nodes = *std::move(nodes),
               .parts = *std::move(parts),
               .size = record.find_count("BlockSize").value_or(0)};
}

Result<Lines> read_lines(const SlurmText& text) {
  Lines lines;
  for (const SlurmRecord& record : slurm_records(without_comments(text.text))) {
    if (const auto sizes = record.find_list("BlockSizes"); !sizes.empty()) {
      for (const std::string& size : sizes) {
        const auto nodes = simulate::read_whole(size);
        if (!nodes || *nodes <= 0) {
          return bad_record(text, record.line(), "found BlockSizes=" + size + "; write whole numbers, such as 4,8");
        }
        lines.block_sizes.push_back(*nodes);
      }
      continue;
    }
    if (record.find("BlockLevels")) continue;
    std::vector<Named>* kind = &lines.switches;
    auto name = record.find("SwitchName");
    if (!name) kind = &lines.blocks, name = record.find("BlockName");
    if (!name) kind = &lines.aggregated, name = record.find("AggregatedBlock");
    if (!name) {
      return bad_record(text, record.line(),
                        "found neither SwitchName= nor BlockName=; write topology.conf, or what `scontrol show "
                        "topology` prints");
    }
    auto named = read_named(text, record, *name);
    if (!named) return tl::unexpected<Error>(named.error());
    kind->push_back(*std::move(named));
  }
  return lines;
}

// The switch above each, by name.
std::map<std::string, std::string> parents_of(const std::vector<Named>& switches) {
  std::map<std::string, std::string> parents;
  for (const Named& above : switches) {
    for (const std::string& part : above.parts) parents.emplace(part, above.name);
  }
  return parents;
}

std::string found_or_empty(const std::map<std::string, std::string>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? "" : found->second;
}

// Blocks in the order of their first racks.
void group_by_block(std::vector<SlurmRack>& racks) {
  std::map<std::string, std::size_t> order;
  std::vector<std::vector<SlurmRack>> blocks;
  for (SlurmRack& rack : racks) {
    const auto [block, is_new] = order.emplace(rack.block, blocks.size());
    if (is_new) blocks.emplace_back();
    blocks[block->second].push_back(std::move(rack));
  }
  racks.clear();
  for (std::vector<SlurmRack>& block : blocks) std::ranges::move(block, std::back_inserter(racks));
}

SlurmNetwork tree_of(std::vector<Named> switches) {
  SlurmNetwork network;
  const auto parents = parents_of(switches);
  std::set<std::string> beyond;
  for (Named& leaf : switches) {
    if (!leaf.parts.empty()) continue;
    const std::string block = found_or_empty(parents, leaf.name);
    beyond.insert(found_or_empty(parents, block));
    network.racks.push_back({.name = leaf.name, .block = block, .nodes = std::move(leaf.nodes)});
  }
  group_by_block(network.racks);
  beyond.erase("");
  if (beyond.size() > 1) network.beyond.assign(beyond.begin(), beyond.end());
  return network;
}

// Which aggregated block of the least size each node lies in.
std::map<std::string, std::string> aggregated_of(const std::vector<Named>& aggregated) {
  std::map<std::string, std::string> by_node;
  if (aggregated.empty()) return by_node;
  const std::int64_t least = std::ranges::min_element(aggregated, {}, &Named::size)->size;
  for (const Named& block : aggregated) {
    if (block.size != least) continue;
    for (const std::string& node : block.nodes) by_node.emplace(node, block.name);
  }
  return by_node;
}

SlurmNetwork blocks_of(Lines lines) {
  SlurmNetwork network;
  const auto above = aggregated_of(lines.aggregated);
  const auto& sizes = lines.block_sizes;
  const bool is_counted = sizes.size() > 1 && sizes[0] > 0 && sizes[1] >= sizes[0];
  const std::size_t together = is_counted ? static_cast<std::size_t>(sizes[1] / sizes[0]) : lines.blocks.size();
  for (std::size_t i = 0; i < lines.blocks.size(); ++i) {
    Named& block = lines.blocks[i];
    std::string lies_in = block.nodes.empty() ? "" : found_or_empty(above, block.nodes.front());
    if (above.empty() && is_counted) lies_in = lines.blocks[i / together * together].name;
    network.racks.push_back({.name = block.name, .block = std::move(lies_in), .nodes = std::move(block.nodes)});
  }
  group_by_block(network.racks);
  std::set<std::int64_t> levels;
  for (const Named& block : lines.aggregated) levels.insert(block.size);
  if (levels.size() > 1 || sizes.size() > 2) network.beyond.emplace_back("aggregated blocks of more than one size");
  return network;
}

}  // namespace

Result<SlurmNetwork> read_slurm_network(const SlurmText& text) {
  auto lines = read_lines(text);
  if (!lines) return tl::unexpected<Error>(lines.error());
  if (lines->blocks.empty()) return tree_of(std::move(lines->switches));
  return blocks_of(*std::move(lines));
}

}  // namespace dure::importing
