// A server-sent event, as sent and as received.
#pragma once

#include <string>

namespace dure::http {

struct Event {
  std::string id;    // what a client asks to go on after; empty if it has none
  std::string name;  // `message` if the sender gave none
  std::string data;  // may have several lines

  bool operator==(const Event&) const = default;
};

// Returns the event as it goes over the wire. Line ends in `id` and `name` become spaces; in `data` all become \n.
std::string to_frame(const Event& event);

}  // namespace dure::http
