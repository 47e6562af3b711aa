// Names of many nodes, short enough to read.
#pragma once

#include <span>
#include <string>

#include "dure/fleet/allocation.h"
#include "dure/fleet/fleet.h"

namespace dure {

// The nodes of an allocation, folded by rack: `naver-h200-b01-r03-n[1-4],naver-h200-b02-r01-n2`; those with names of
// their own `gpu[001-004]`.
std::string folded_nodes(const Fleet& fleet, std::span<const Placement> allocation);

}  // namespace dure
