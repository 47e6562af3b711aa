#include "dure/cli/credits_text.h"

namespace dure::cli {

std::string unless_nothing(const Answer& credits) {
  const std::string text = credits.text();
  return text == "0" ? "" : text;
}

std::string kinds_text(const Answer& kinds) {
  const std::string text = kinds.joined();
  return text.empty() ? "any" : text;
}

std::string day_text(const Answer& instant) {
  const std::string text = instant.text();
  constexpr std::string_view midnight = "T00:00:00Z";
  return text.ends_with(midnight) ? text.substr(0, text.size() - midnight.size()) : text;
}

}  // namespace dure::cli
