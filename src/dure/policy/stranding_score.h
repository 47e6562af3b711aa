// Dure's own choice of a node for a pod: the one that will strand least more for it.
#pragma once

#include <memory>

#include "dure/base/random.h"
#include "dure/policy/reference/node_score.h"
#include "dure/policy/reference/typical_pods.h"

namespace dure {

// A node is valued by what it would strand if pods kept coming to it at random. Of a kind they come as often as it is
// expected, over the room that the whole fleet still has for it: what is scarce is kept. The values are made anew when
// some kind's weight has changed by three tenths.
//
// Integers alone, and `random` is drawn from in the order of facts: equal facts, equal choices. What has arrived is
// known to this object and not to the state, where a pod that is dropped leaves no trace.
//
// `given`: what is expected beforehand; may be empty. A value is O(pods that are drawn), once for each different room
// of a node; a change O(kinds).
std::unique_ptr<NodeScore> stranding_score(const TypicalPods& given, Random random);

}  // namespace dure
