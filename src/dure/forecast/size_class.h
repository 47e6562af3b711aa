// Jobs of like size, by which the record of forecasts is kept.
#pragma once

#include <bit>
#include <cstdint>

#include "dure/work/shape.h"

namespace dure::forecast {

// Whole GPUs of all tasks (CPUs where there are none), rounded up, by powers of two: 1 is one, 2 is two or three, 3 is
// four to seven; 0 is none at all.
constexpr std::uint32_t size_class_of(const Shape& shape) {
  const std::int64_t each = shape.per_task.gpu_milli > 0 ? shape.per_task.gpu_milli : shape.per_task.cpu_milli;
  return static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint64_t>((each * shape.tasks_max + 999) / 1000)));
}

// The least of a class.
constexpr std::int64_t size_class_begins(std::uint32_t size_class) {
  return size_class == 0 ? 0 : std::int64_t{1} << (size_class - 1);
}

}  // namespace dure::forecast
