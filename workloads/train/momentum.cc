#include "momentum.h"

#include <algorithm>

namespace dure::train {

void Momentum::step(std::span<float> parameters, std::span<const float> gradient, std::uint64_t images, float rate) {
  constexpr float kept = 0.9f;
  const float share = 1.0f / static_cast<float>(images);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    velocity_[i] = kept * velocity_[i] + share * gradient[i];
    parameters[i] -= rate * velocity_[i];
  }
}

float rate_of_epoch(float first, std::uint32_t epoch) {
  const float least = first * 0.01f;
  float rate = first;
  for (std::uint32_t i = 0; i < epoch && rate > least; ++i) rate *= 0.7f;
  return std::max(rate, least);
}

}  // namespace dure::train
