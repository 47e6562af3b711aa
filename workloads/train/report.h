// What rank 0 prints, as text or as JSON; the other ranks print nothing.
#pragma once

#include <cstdint>
#include <string>

#include "sha256.h"
#include "tally.h"

namespace dure::train {

enum class Format : std::uint8_t { none, text, json };

class Report {
 public:
  explicit Report(Format format) : format_(format) {}

  // `epoch` counts from 0 of `epochs`; `speed` is in images a second.
  void epoch(std::uint32_t epoch, std::uint32_t epochs, const Tally& tally, double speed) const;
  void resumed(std::uint64_t step) const;
  void kept(std::uint64_t step) const;
  void result(const Sha256& weights, const Tally& test) const;

 private:
  void event(const char* json, const char* text, std::uint64_t step) const;

  Format format_;
};

// A sentence on stderr.
void note(std::uint32_t rank, const std::string& sentence);

}  // namespace dure::train
