// Gradient descent with momentum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dure::train {

class Momentum {
 public:
  explicit Momentum(std::size_t parameters) : velocity_(parameters) {}

  // What must be kept to go on where one stopped.
  std::span<float> velocity() { return velocity_; }
  std::span<const float> velocity() const { return velocity_; }

  // Moves the parameters against the gradient summed over `images`. Requires images > 0 and equal sizes.
  void step(std::span<float> parameters, std::span<const float> gradient, std::uint64_t images, float rate);

 private:
  std::vector<float> velocity_;
};

// Returns the learning rate of an epoch: less by three tenths from one to the next, down to a hundredth of the first.
float rate_of_epoch(float first, std::uint32_t epoch);

}  // namespace dure::train
