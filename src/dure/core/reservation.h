// Nodes promised to a job from a time on.
#pragma once

#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

struct Reservation {
  JobId job;
  PoolId pool;
  Time from;
  std::vector<NodeId> nodes;  // ascending
};

template <class Archive>
void fields(Archive& archive, Like<Reservation> auto& reservation) {
  archive(reservation.job);
  archive(reservation.pool);
  archive(reservation.from);
  archive(reservation.nodes);
}

}  // namespace dure
