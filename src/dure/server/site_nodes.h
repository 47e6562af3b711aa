// What a site says of its nodes, as changes of the state.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/core/state.h"
#include "dure/engine/slurm/node_watch.h"

namespace dure::server {

// Whether a drain for this reason is a site's own, which ends when the site says so; all others are operators'.
bool is_of_a_site(std::string_view reason);

// Why a node is drained; empty of one that is not.
using WhyDrained = std::function<std::string(NodeId)>;

// `site`: its name in the fleet. O(nodes of the site).
std::vector<Change> node_changes(const State& state, const std::string& site, const engine::SiteNews& news,
                                 const WhyDrained& why_drained);

}  // namespace dure::server
