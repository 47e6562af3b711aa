// Fashion-MNIST as Debian packages it: gzipped IDX files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "dure/base/result.h"

namespace dure::train {

constexpr std::size_t pixels_per_image = 28 * 28;
constexpr std::size_t classes = 10;

struct Dataset {
  std::vector<std::uint8_t> pixels;  // pixels_per_image for each label
  std::vector<std::uint8_t> labels;  // each below `classes`

  std::size_t size() const { return labels.size(); }
};

enum class Part : std::uint8_t { train, test };

// Reads the first `limit` images of a part, or all of them if there are fewer. Requires limit > 0.
Result<Dataset> read_dataset(const std::filesystem::path& folder, Part part, std::size_t limit);

// A checksum by which ranks and checkpoints notice other data.
std::uint32_t checksum(const Dataset& dataset);

}  // namespace dure::train
