// What is counted over images, and summed over ranks.
#pragma once

#include <cstdint>

namespace dure::train {

struct Tally {
  double loss = 0;  // summed, not averaged
  std::uint64_t correct = 0;
  std::uint64_t images = 0;

  Tally& operator+=(const Tally& other) {
    loss += other.loss;
    correct += other.correct;
    images += other.images;
    return *this;
  }
  double mean_loss() const { return images == 0 ? 0 : loss / static_cast<double>(images); }
  double accuracy() const { return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images); }
};

}  // namespace dure::train
