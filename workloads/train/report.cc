#include "report.h"

#include <cstdio>

namespace dure::train {

void Report::epoch(std::uint32_t epoch, std::uint32_t epochs, const Tally& tally, double speed) const {
  if (format_ == Format::text) {
    std::printf("epoch %u of %u: loss %.4f, accuracy %.2f %%, %.0f images/s\n", epoch + 1, epochs, tally.mean_loss(),
                tally.accuracy() * 100, speed);
  } else if (format_ == Format::json) {
    std::printf("{\"epoch\": %u, \"epochs\": %u, \"loss\": %.6f, \"accuracy\": %.6f, \"images_per_s\": %.0f}\n",
                epoch + 1, epochs, tally.mean_loss(), tally.accuracy(), speed);
  }
}

void Report::resumed(std::uint64_t step) const { event("resumed", "going on from the checkpoint after", step); }

void Report::kept(std::uint64_t step) const { event("checkpoint", "checkpoint after", step); }

void Report::event(const char* json, const char* text, std::uint64_t step) const {
  const auto number = static_cast<unsigned long long>(step);
  if (format_ == Format::text) std::printf("%s step %llu\n", text, number);
  if (format_ == Format::json) std::printf("{\"event\": \"%s\", \"step\": %llu}\n", json, number);
}

void Report::result(const Sha256& weights, const Tally& test) const {
  const std::string hash = to_hex(weights);
  if (format_ == Format::text) {
    std::printf("weights SHA256 %s\ntest accuracy %.2f %%\n", hash.c_str(), test.accuracy() * 100);
  } else if (format_ == Format::json) {
    std::printf("{\"weights_sha256\": \"%s\", \"test_accuracy\": %.6f}\n", hash.c_str(), test.accuracy());
  }
}

void note(std::uint32_t rank, const std::string& sentence) {
  std::fprintf(stderr, "dure-train: rank %u: %s\n", rank, sentence.c_str());
}

}  // namespace dure::train
