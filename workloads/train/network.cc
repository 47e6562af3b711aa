#include "network.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "dure/base/random.h"
#include "product.h"

namespace dure::train {
namespace {

// Mean and deviation of all training pixels, measured once.
constexpr float pixel_mean = 0.2860f;
constexpr float pixel_deviation = 0.3530f;

constexpr std::array<float, 256> make_scaled_pixels() {
  std::array<float, 256> scaled{};
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    scaled[i] = (static_cast<float>(i) / 255.0f - pixel_mean) / pixel_deviation;
  }
  return scaled;
}
constexpr std::array<float, 256> scaled_pixels = make_scaled_pixels();

// Returns e^x for x <= 0 with an error below 1e-7 of it. That of libm differs between processors in the last bit.
float exp_of(float x) {
  constexpr double log2_e = 1.4426950408889634;
  constexpr double ln_2 = 0.6931471805599453;
  if (!(x > -87.0f)) return 0.0f;
  const int power = static_cast<int>(static_cast<double>(x) * log2_e - 0.5);
  const double rest = static_cast<double>(x) - power * ln_2;
  double sum = 1.0;
  for (int i = 8; i > 0; --i) sum = 1.0 + sum * rest / i;
  return static_cast<float>(sum * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + power) << 52));
}

void fill_uniform(std::span<float> weights, std::size_t inputs, Random& random) {
  const double bound = std::sqrt(6.0 / static_cast<double>(inputs));
  for (float& weight : weights) weight = static_cast<float>((2.0 * random.unit() - 1.0) * bound);
}

void repeat(std::span<const float> row, std::size_t times, std::vector<float>& rows) {
  rows.resize(row.size() * times);
  for (std::size_t i = 0; i < times; ++i) {
    std::copy(row.begin(), row.end(), rows.begin() + static_cast<std::ptrdiff_t>(i * row.size()));
  }
}

void add_rows(std::span<const float> rows, std::span<float> sum) {
  for (std::size_t begin = 0; begin < rows.size(); begin += sum.size()) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += rows[begin + j];
  }
}

void soften(std::span<float> outputs) {
  const float largest = *std::max_element(outputs.begin(), outputs.end());
  float sum = 0;
  for (float& output : outputs) sum += output = exp_of(output - largest);
  for (float& output : outputs) output /= sum;
}

}  // namespace

void Batch::clear() {
  pixels.clear();
  labels.clear();
}

void Batch::add(const Dataset& dataset, std::size_t image) {
  const std::uint8_t* source = dataset.pixels.data() + image * pixels_per_image;
  const std::size_t begin = pixels.size();
  pixels.resize(begin + pixels_per_image);
  for (std::size_t i = 0; i < pixels_per_image; ++i) pixels[begin + i] = scaled_pixels[source[i]];
  labels.push_back(dataset.labels[image]);
}

Network::Network(std::size_t hidden, std::uint64_t seed)
    : hidden_(hidden),
      first_bias_(pixels_per_image * hidden),
      second_weights_(first_bias_ + hidden),
      second_bias_(second_weights_ + hidden * classes),
      parameters_(second_bias_ + classes) {
  Random random(seed);
  fill_uniform(parameters().first(first_bias_), pixels_per_image, random);
  fill_uniform(parameters().subspan(second_weights_, hidden * classes), hidden, random);
}

Tally Network::judge(const Batch& batch) {
  run(batch);
  return score(batch);
}

Tally Network::judge(const Batch& batch, std::span<float> gradient) {
  const Tally tally = judge(batch);
  add_second_layer(batch.size(), gradient);
  add_first_layer(batch, gradient);
  return tally;
}

void Network::run(const Batch& batch) {
  const float* weights = parameters_.data();
  repeat(parameters().subspan(first_bias_, hidden_), batch.size(), activations_);
  add_product({batch.pixels.data(), pixels_per_image, 1}, weights, activations_.data(),
              {batch.size(), pixels_per_image, hidden_});
  for (float& activation : activations_) activation = activation > 0 ? activation : 0;
  repeat(parameters().subspan(second_bias_, classes), batch.size(), probabilities_);
  add_product({activations_.data(), hidden_, 1}, weights + second_weights_, probabilities_.data(),
              {batch.size(), hidden_, classes});
}

// Turns the outputs into probabilities, counts, and leaves their difference from the truth.
Tally Network::score(const Batch& batch) {
  Tally tally{.images = batch.size()};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::span<float> outputs = std::span(probabilities_).subspan(i * classes, classes);
    const auto guess = std::max_element(outputs.begin(), outputs.end()) - outputs.begin();
    tally.correct += guess == batch.labels[i] ? 1u : 0u;
    soften(outputs);
    float& truth = outputs[batch.labels[i]];
    tally.loss -= std::log(std::max(static_cast<double>(truth), 1e-30));
    truth -= 1.0f;
  }
  return tally;
}

void Network::add_second_layer(std::size_t images, std::span<float> gradient) {
  add_product({activations_.data(), 1, hidden_}, probabilities_.data(), gradient.data() + second_weights_,
              {hidden_, images, classes});
  add_rows(probabilities_, gradient.subspan(second_bias_, classes));
}

void Network::add_first_layer(const Batch& batch, std::span<float> gradient) {
  transposed_.resize(classes * hidden_);
  for (std::size_t i = 0; i < hidden_; ++i) {
    for (std::size_t j = 0; j < classes; ++j)
      transposed_[j * hidden_ + i] = parameters_[second_weights_ + i * classes + j];
  }
  errors_.assign(batch.size() * hidden_, 0.0f);
  add_product({probabilities_.data(), classes, 1}, transposed_.data(), errors_.data(),
              {batch.size(), classes, hidden_});
  for (std::size_t i = 0; i < errors_.size(); ++i) errors_[i] = activations_[i] > 0 ? errors_[i] : 0;
  add_product({batch.pixels.data(), 1, pixels_per_image}, errors_.data(), gradient.data(),
              {pixels_per_image, batch.size(), hidden_});
  add_rows(errors_, gradient.subspan(first_bias_, hidden_));
}

}  // namespace dure::train
