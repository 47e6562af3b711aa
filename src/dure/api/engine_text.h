// Names of engines, as fleet.yaml has them.
#pragma once

#include <string_view>

#include "dure/fleet/fleet_spec.h"

namespace dure::api {

constexpr std::string_view to_text(EngineKind kind) {
  switch (kind) {
    case EngineKind::simulated: return "simulated";
    case EngineKind::local: return "local";
    case EngineKind::slurm: return "slurm";
  }
  return "?";
}

}  // namespace dure::api
