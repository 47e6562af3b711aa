// Numbers as clients see them.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

#include "dure/tenancy/usage.h"

namespace dure::api {

// A whole number of a query or a path; nullopt if it is none, or too large.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

inline double thousandths(double part) { return std::round(part * 1000) / 1000; }

inline double hours_of(Wide milli_ns) { return static_cast<double>(milli_ns) / 1e3 / 3.6e12; }

}  // namespace dure::api
