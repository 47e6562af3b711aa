// Figures for Prometheus.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dure/api/forecasts.h"
#include "dure/api/view.h"

namespace dure::server {

// Any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // One turn: what it took and what came of it.
  void turn(double seconds, std::uint64_t facts);
  // What the view says now, and what was counted so far. `forecasts`: null where they are off.
  std::string text(const api::View& view, std::size_t watchers, const api::Forecasts* forecasts);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace dure::server
