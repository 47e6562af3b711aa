// What the command line and the environment say.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "peers.h"

namespace dure::train {

// For tests: a signal that the process sends itself before a step, counted from 0 over the whole training.
struct SelfSignal {
  std::uint64_t step = 0;
  int signal = 0;
};

struct Options {
  std::uint32_t epochs = 6;
  std::uint32_t batch = 128;  // images a step, over all ranks
  std::uint64_t seed = 1;
  float learning_rate = 0.05f;
  std::uint32_t hidden = 128;
  std::uint32_t limit = 60'000;  // images of each part
  std::filesystem::path data = "/usr/share/datasets/fashion-mnist";
  std::optional<std::filesystem::path> checkpoint;
  std::uint32_t checkpoint_every = 200;  // steps; 0: on signals alone
  std::optional<std::filesystem::path> out;
  std::chrono::seconds patience{30};  // for the other ranks
  bool json = false;
  bool help = false;
  std::vector<SelfSignal> raise;

  Place place;
  int checkpoint_signal = 0;
};

// `arguments` are those after the name of the program.
Result<Options> read_options(std::span<char*> arguments);

std::string usage();

}  // namespace dure::train
