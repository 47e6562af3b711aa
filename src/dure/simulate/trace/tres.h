// Trackable resources as Slurm prints them: `cpu=4,mem=16G,node=1,billing=4,gres/gpu=2,gres/gpu:a100=2`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dure::simulate {

// Zero where the list does not say.
struct Tres {
  std::int64_t cpus = 0;
  std::int64_t gpus = 0;
  std::int64_t nodes = 0;
  std::int64_t memory_mib = 0;
  std::string_view gpu_model = {};  // a part of the text; empty also where it lists several
};

// Reads `gres/gpu`, or the sum of the `gres/gpu:model` where only those are listed; passes over resources of other
// kinds. Nullopt if the text is not such a list or a number is out of range. "" is an empty list.
std::optional<Tres> read_tres(std::string_view text);

}  // namespace dure::simulate
