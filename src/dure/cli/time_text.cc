#include "dure/cli/time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace dure::cli {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t seconds;
};
constexpr std::array<Unit, 4> units{{{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};

std::tm local(Time time) {
  const std::time_t since_epoch = time.ns / 1'000'000'000;
  std::tm parts{};
  localtime_r(&since_epoch, &parts);
  return parts;
}

}  // namespace

Time now_by_clock() {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string short_text(Duration duration) {
  const std::int64_t all = duration.whole_seconds();
  for (std::size_t i = 0; i + 1 < units.size(); ++i) {
    const Unit& unit = units[i];
    if (all < unit.seconds) continue;
    const Unit& next = units[i + 1];
    const std::int64_t rest = all % unit.seconds / next.seconds;
    if (rest == 0) return fmt::format("{}{}", all / unit.seconds, unit.name);
    return fmt::format("{}{}{:02}{}", all / unit.seconds, unit.name, rest, next.name);
  }
  return fmt::format("{}s", all);
}

std::string clock_text(Time time, Time now, Precision precision) {
  const std::tm then = local(time);
  const std::tm today = local(now);
  const std::string clock =
      precision == Precision::second ? fmt::format("{:%H:%M:%S}", then) : fmt::format("{:%H:%M}", then);
  if (then.tm_year != today.tm_year) return fmt::format("{:%Y-%m-%d} {}", then, clock);
  if (then.tm_yday != today.tm_yday) return fmt::format("{:%b %d} {}", then, clock);
  return clock;
}

std::string relative_text(Time time, Time now) {
  const Duration ahead = time - now;
  if (ahead.ns > -1'000'000'000 && ahead.ns < 1'000'000'000) return "now";
  return ahead.ns > 0 ? "in " + short_text(ahead) : short_text(now - time) + " ago";
}

std::string when_text(Time time, Time now) {
  return fmt::format("{} ({})", clock_text(time, now), relative_text(time, now));
}

}  // namespace dure::cli
