// A network of one hidden layer: 784 pixels, `hidden` rectified units, 10 classes, cross-entropy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataset.h"
#include "tally.h"

namespace dure::train {

// Images as the network takes them.
struct Batch {
  std::vector<float> pixels;  // pixels_per_image for each label
  std::vector<std::uint8_t> labels;

  void clear();
  void add(const Dataset& dataset, std::size_t image);
  std::size_t size() const { return labels.size(); }
};

// Equal seeds and batches give equal bits on every machine: sums have one order, and no function of libm is used but
// for the loss that is shown.
class Network {
 public:
  Network(std::size_t hidden, std::uint64_t seed);

  // Weights and biases of the first layer, then of the second; weights lie by input, then by unit.
  std::span<float> parameters() { return parameters_; }
  std::span<const float> parameters() const { return parameters_; }

  // Counts what the network makes of a batch.
  Tally judge(const Batch& batch);

  // The same, and adds the gradient of the summed loss. Requires gradient.size() == parameters().size().
  Tally judge(const Batch& batch, std::span<float> gradient);

 private:
  void run(const Batch& batch);
  Tally score(const Batch& batch);
  void add_second_layer(std::size_t images, std::span<float> gradient);
  void add_first_layer(const Batch& batch, std::span<float> gradient);

  std::size_t hidden_;
  // Where each part begins in the parameters.
  std::size_t first_bias_;
  std::size_t second_weights_;
  std::size_t second_bias_;
  std::vector<float> parameters_;

  // By image, kept from one batch to the next.
  std::vector<float> activations_;
  std::vector<float> probabilities_;  // after score(): the gradient of the loss by the output
  std::vector<float> errors_;         // the gradient of the loss by the hidden layer
  std::vector<float> transposed_;     // the second weights, by class
};

}  // namespace dure::train
