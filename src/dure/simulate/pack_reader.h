// Reads what a scenario says of packing.
#pragma once

#include <filesystem>
#include <optional>

#include "dure/simulate/node_list.h"
#include "dure/simulate/scenario.h"
#include "dure/spec/reader.h"

namespace dure::simulate {

// `{nodes: FILE}`, with the list read, in so many copies.
std::optional<NodeList> read_openb_fleet(const spec::Node& node, const std::filesystem::path& base,
                                         std::uint32_t copies);

// `{format: openb, path: FILE, order: FILE, order_seed: 42}`; the files are there, but have not been read. The nodes
// are left to the caller.
std::optional<PackSpec> read_pack_trace_spec(const spec::Node& node, const std::filesystem::path& base);

// The name of a policy that packs, or a mapping with it.
std::optional<PolicySpec> read_pack_policy(const spec::Node& node);

}  // namespace dure::simulate
