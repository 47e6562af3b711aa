#include "dure/cli/events_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "dure/cli/job_ref.h"
#include "dure/cli/patience.h"
#include "dure/cli/text_width.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Times and kinds come first, in columns of their own.
bool has_column(const std::string& key) {
  constexpr std::array<std::string_view, 3> keys{"sequence", "time", "kind"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string value_text(const Answer& value) {
  if (const std::string text = value.text(); !text.empty()) return printable(text);
  if (const std::string amount = value.amount(); !amount.empty()) return amount;
  return value.is_true() ? "yes" : printable(value.joined());
}

std::string event_text(const http::Event& event, const Console& console) {
  const auto data = Answer::parse(event.data);
  if (!data) return printable(event.data);
  const auto time = (*data)["time"].time();
  const std::string clock = time ? clock_text(*time, now_by_clock(), Precision::second) : "";
  std::string text = fmt::format("{:<15}", event.name);
  for (const auto& [key, value] : data->members()) {
    const std::string written = has_column(key) ? "" : value_text(value);
    if (!written.empty()) text += fmt::format("  {} {}", key, written);
  }
  const std::size_t indent = text_width(clock) + 2;
  if (console.width > indent) text = shortened(text, console.width - indent);
  return fmt::format("{}  {}", console.painted(clock, Colour::dim), text);
}

void print(const http::Event& event, const EventArguments& arguments, const Console& console) {
  console.print_line(arguments.json ? event.data : event_text(event, console));
  console.flush();
}

// One look at the events after `after`, which goes on with them.
class EventReading {
 public:
  EventReading(std::int64_t after, const EventArguments& arguments, const Console& console)
      : last_id_(std::to_string(after)), arguments_(arguments), console_(console) {}

  const std::string& last_id() const { return last_id_; }

  void take(const http::Event& event) {
    if (!event.id.empty()) last_id_ = event.id;
    print(event, arguments_, console_);
  }

 private:
  std::string last_id_;
  const EventArguments& arguments_;
  const Console& console_;
};

std::string path_of(const EventArguments& arguments, const std::string& job) {
  return Path("/v1/events").with("job", job).with("tenant", arguments.tenant).text();
}

// Those up to `sequence`. A stream has no end of its own: it is over when the last one came, or nothing more does.
Result<void> print_past(EventReading& reading, const std::string& path, std::int64_t sequence,
                        const ServerAddress& address) {
  constexpr auto quiet = std::chrono::milliseconds(1500);
  Clock::time_point heard = Clock::now();
  bool is_quiet = false;
  Connection connection(address, [&] { return is_quiet = Clock::now() - heard > quiet; });
  const auto followed = connection.stream(
      path,
      [&](const http::Event& event) {
        heard = Clock::now();
        const auto data = Answer::parse(event.data);
        const std::int64_t number = data ? (*data)["sequence"].integer() : 0;
        if (number <= sequence) reading.take(event);
        return number >= sequence ? http::Next::stop : http::Next::go_on;
      },
      reading.last_id());
  if (is_quiet) return {};
  return followed;
}

Result<int> follow(EventReading& reading, const std::string& path, const ServerAddress& address,
                   const Console& console) {
  Connection connection(address);
  Patience patience(console);
  while (true) {
    const auto followed = connection.stream(
        path,
        [&](const http::Event& event) {
          patience.renew();
          reading.take(event);
          return http::Next::go_on;
        },
        reading.last_id());
    if (followed) {
      pause_for(seconds(1));
    } else if (!patience.wait_after(followed.error())) {
      return tl::unexpected(followed.error());
    }
  }
}

}  // namespace

Result<int> events(const EventArguments& arguments, const ServerAddress& address, const Console& console) {
  Connection connection(address);
  std::string job;
  if (!arguments.job.empty()) {
    const auto ref = parse_job_ref(arguments.job);
    if (!ref) return tl::unexpected(ref.error());
    const auto id = find_job(connection, *ref);
    if (!id) return tl::unexpected(id.error());
    job = std::to_string(*id);
  }
  const auto server = connection.get("/v1/server");
  if (!server) return tl::unexpected(server.error());
  const std::int64_t sequence = server->answer["sequence"].integer();
  EventReading reading(std::max<std::int64_t>(sequence - arguments.last, 0), arguments, console);
  const std::string path = path_of(arguments, job);
  if (arguments.follow) return follow(reading, path, address, console);
  if (sequence == 0) return 0;
  const auto past = print_past(reading, path, sequence, address);
  if (!past) return tl::unexpected(past.error());
  return 0;
}

}  // namespace dure::cli
