#include "dure/engine/attempt.h"

#include <algorithm>
#include <utility>

#include "dure/engine/record.h"

namespace dure::engine {

std::string to_text(AttemptId id) { return std::to_string(id.job.value) + '.' + std::to_string(id.restart); }

std::optional<AttemptId> attempt_of(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto job = parse_integer(text.substr(0, dot));
  const auto restart = parse_integer(text.substr(dot + 1));
  if (!job || !restart || !std::in_range<std::uint32_t>(*job) || !std::in_range<std::uint32_t>(*restart)) {
    return std::nullopt;
  }
  return AttemptId{JobId{static_cast<std::uint32_t>(*job)}, static_cast<std::uint32_t>(*restart)};
}

std::int64_t whole_cpus(std::int64_t milli) { return std::max(std::int64_t{1}, (milli + 999) / 1'000); }

}  // namespace dure::engine
