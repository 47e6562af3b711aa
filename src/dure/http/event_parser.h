// Reads a stream of server-sent events as it comes in, in pieces of any size.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/http/event.h"

namespace dure::http {

enum class Next { go_on, stop };

// Called for each event. Events without data are kept back, as the standard says.
using OnEvent = std::function<Next(const Event& event)>;

// Follows https://html.spec.whatwg.org/multipage/server-sent-events.html, but for `retry`, which it skips: when to come
// again is for the caller to say.
//
// Invariant: what is kept is at most `bytes_max` for the line that has begun and as much for the event.
class EventParser {
 public:
  explicit EventParser(std::size_t bytes_max = 1'048'576) : bytes_max_(bytes_max) {}

  // Reads on. Returns Next::stop as soon as `on_event` does; what is left of `bytes` is then lost. Fails when a line or
  // an event is larger than what is allowed. After either, the parser is of no more use.
  Result<Next> feed(std::string_view bytes, const OnEvent& on_event);

  // The id that came last, that of an event without data included.
  const std::string& last_id() const { return last_id_; }

 private:
  Result<Next> read_line(const OnEvent& on_event);
  void read_field(std::string_view field, std::string_view value);
  Next dispatch(const OnEvent& on_event);

  std::size_t bytes_max_;
  std::string line_;           // what has come of the line that is not at its end
  bool after_return_ = false;  // the last byte was \r: a \n that follows belongs to it
  bool at_start_ = true;       // a byte order mark may still come

  std::string last_id_;
  std::string name_;
  std::string data_;
};

}  // namespace dure::http
