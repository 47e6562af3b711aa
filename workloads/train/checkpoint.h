// From where a training goes on: everything that its later steps depend on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "dure/base/result.h"
#include "tally.h"

namespace dure::train {

// What must be equal for two trainings to end in the same bits. Ranks compare it when they meet, and a checkpoint of
// another one is refused.
struct Identity {
  std::uint64_t seed = 0;
  std::uint32_t width = 0;
  std::uint32_t hidden = 0;
  std::uint32_t batch = 0;
  std::uint32_t images = 0;
  std::uint32_t data = 0;  // checksum of the training images
  float learning_rate = 0;

  bool operator==(const Identity&) const = default;
};

struct Progress {
  std::uint64_t shuffle_state = 0;  // of the generator of seeds, before it gave this epoch's
  std::uint32_t epoch = 0;
  std::uint32_t step = 0;  // of this epoch, done
  Tally tally;             // of this epoch
};

struct Checkpoint {
  Identity identity;
  Progress progress;
  std::vector<float> parameters;
  std::vector<float> velocity;
};

std::vector<std::byte> encode(const Checkpoint& checkpoint);

// `name` is that of the file, for messages. Torn or changed bytes, another version and another identity are refused.
Result<Checkpoint> decode(std::span<const std::byte> bytes, const Identity& expected, const std::string& name);

// The checkpoints of one training in one folder: the newest, and the one before it in case the newest is torn.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path newest() const { return folder_ / "train.checkpoint"; }
  std::filesystem::path previous() const { return folder_ / "train.checkpoint.previous"; }

  // Makes the folder if it is not there.
  Result<void> write(const Checkpoint& checkpoint) const;

  // Returns none if there is none. A torn one is set aside for the one before it, and `note` says so; if there is no
  // whole one, or it is of another training, that is an error.
  Result<std::optional<Checkpoint>> read(const Identity& expected, std::string& note) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace dure::train
