// Any bytes, as a stream of events and as a request. What is read does not depend on where the input is cut, keeps to
// the bounds, and comes back from what we would write.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/assert.h"
#include "dure/http/event_parser.h"
#include "dure/http/gzip.h"
#include "dure/http/request_parser.h"
#include "dure/http/target.h"

namespace dure::http {
namespace {

constexpr std::size_t event_bytes_max = 64;

// Nothing if the parser refused.
std::optional<std::vector<Event>> events_of(std::string_view bytes, std::size_t piece) {
  EventParser parser(event_bytes_max);
  std::vector<Event> events;
  const auto keep = [&](const Event& event) {
    DURE_ASSERT(event.data.size() <= event_bytes_max);
    events.push_back(event);
    return Next::go_on;
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    if (!parser.feed(bytes.substr(0, piece), keep)) return std::nullopt;
  }
  return events;
}

void check_events(std::string_view bytes, std::size_t piece) {
  const auto whole = events_of(bytes, bytes.size());
  DURE_ASSERT(whole == events_of(bytes, piece));
  if (!whole) return;
  for (const Event& event : *whole) {
    const std::string frame = to_frame(event);
    if (frame.size() > event_bytes_max || event.id.find('\0') != std::string::npos) continue;
    if (event.name.find('\0') != std::string::npos) continue;
    DURE_ASSERT(events_of(frame, piece) == std::vector<Event>{event});
  }
}

void check_target(std::string_view bytes) {
  const auto target = read_target(bytes);
  if (!target) return;
  DURE_ASSERT(!target->path.empty());
  DURE_ASSERT(target->path.size() <= bytes.size() + 1);
  const auto again = read_target("/" + encode(target->path));
  DURE_ASSERT(again && again->path == "/" + target->path);
  for (const Parameter& parameter : target->query) {
    const auto same = read_target("/?" + encode(parameter.name) + "=" + encode(parameter.value));
    DURE_ASSERT(same && same->query.size() == 1);
    DURE_ASSERT(same->query[0].name == parameter.name && same->query[0].value == parameter.value);
  }
}

// Returns the requests up to the first mistake. What a connection does with its input: keeps what was not used, and
// adds `piece` bytes at a time.
std::string requests_of(std::string_view bytes, std::size_t piece) {
  const ServerOptions limits{.header_bytes_max = 256, .body_bytes_max = 512};
  RequestParser parser(limits);
  std::string seen;
  for (std::size_t begin = 0, end = 0; end < bytes.size();) {
    end = std::min(end + piece, bytes.size());
    while (begin < end) {
      std::size_t used = 0;
      const auto progress = parser.feed(bytes.substr(begin, end - begin), used);
      DURE_ASSERT(used <= end - begin);
      begin += used;
      if (progress == RequestParser::Progress::refused) return seen;
      if (progress == RequestParser::Progress::needs_more) break;
      const ParsedRequest parsed = parser.take();
      DURE_ASSERT(parsed.request.body.size() <= limits.body_bytes_max);
      seen += parsed.request.path + "\n" + parsed.request.body + "\n";
    }
    DURE_ASSERT(end - begin <= limits.header_bytes_max + piece);
  }
  return seen;
}

}  // namespace
}  // namespace dure::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dure::http;
  if (size < 2) return 0;
  const std::size_t piece = data[0] % 16 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  check_events(bytes, piece);
  check_target(bytes);
  unpack_gzip(bytes, 1000);
  DURE_ASSERT(requests_of(bytes, piece) == requests_of(bytes, 1));
  return 0;
}
