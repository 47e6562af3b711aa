#include "dure/import/slurm_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dure/simulate/trace/notation.h"
#include "dure/spec/scalars.h"

namespace dure::importing {
namespace {

constexpr std::int64_t gpus_most = 65'536;  // of one kind in one node
constexpr std::string_view remedy = "write what `scontrol -a show node -o` prints";

struct Gres {
  std::string name;
  std::string type;
  std::int64_t count = 1;
};

// `gpu:2`, `gpu:h100:8(S:0-1)`, `gpu`, `shard:16`.
std::optional<Gres> read_gres(std::string_view text) {
  text = text.substr(0, text.find('('));
  Gres gres;
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t colon = std::min(text.find(':', at), text.size());
    parts.push_back(text.substr(at, colon - at));
    at = colon + 1;
  }
  gres.name = parts.front();
  if (parts.size() == 1) return gres;
  if (parts.back() == "no_consume") parts.pop_back();
  const auto count = simulate::read_whole(parts.back(), gpus_most);
  if (!count && gres.name == "gpu") return std::nullopt;
  gres.count = count.value_or(1);
  if (parts.size() > 2) gres.type = parts[1];
  return gres;
}

// Adds what the node has of one kind; false if that cannot be read.
bool add_gres(SlurmNode& node, std::string_view text) {
  const auto gres = read_gres(text);
  if (!gres) return false;
  if (gres->name != "gpu") {
    node.other_gres.push_back(gres->name);
    return true;
  }
  if (gres->count == 0) return true;
  const std::string model = gres->type.empty() ? "gpu" : gres->type;
  node.gpu_model += node.gpu_model.empty() ? model : '+' + model;
  node.gpus += static_cast<std::uint32_t>(gres->count);
  return true;
}

}  // namespace

Result<std::vector<SlurmNode>> read_slurm_nodes(const SlurmText& text) {
  std::vector<SlurmNode> nodes;
  for (const SlurmRecord& record : slurm_records(text.text)) {
    const auto name = record.find("NodeName");
    if (!name) return bad_record(text, record.line(), fmt::format("found no NodeName=; {}", remedy));
    if (!spec::is_name(*name) || name->find_first_of(",[]") != std::string_view::npos) {
      return bad_record(text, record.line(),
                        fmt::format("found NodeName={}, which is not one node; {}", *name, remedy));
    }
    auto cpus = record.find_count("CPUEfctv");
    if (!cpus) cpus = record.find_count("CPUTot");
    const auto memory = record.find_count("RealMemory");
    if (!cpus || *cpus < 1 || !memory) {
      return bad_record(text, record.line(),
                        fmt::format("found node {} without CPUTot= and RealMemory=, or cut off; {}", *name, remedy));
    }
    SlurmNode node{
        .name = std::string(*name),
        .cpus = static_cast<std::uint32_t>(std::min<std::int64_t>(*cpus, 65'536)),
        // One MiB is what a node has that states none.
        .memory_mib =
            *memory <= 1 ? 0 : std::max<std::int64_t>(*memory - record.find_count("MemSpecLimit").value_or(0), 0),
        .gpu_model = {},
        .other_gres = {},
        .features = record.find_list("AvailableFeatures"),
        .partitions = record.find_list("Partitions")};
    for (const std::string& gres : record.find_list("Gres")) {
      if (add_gres(node, gres)) continue;
      return bad_record(text, record.line(), fmt::format("found Gres={} of node {}; {}", gres, *name, remedy));
    }
    node.is_future = record.find("State").value_or("").starts_with("FUTURE");
    nodes.push_back(std::move(node));
  }
  if (!nodes.empty()) return nodes;
  return fail(Code::invalid_argument, fmt::format("{}: found no node; {}", text.name, remedy));
}

}  // namespace dure::importing
