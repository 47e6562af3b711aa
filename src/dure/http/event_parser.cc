#include "dure/http/event_parser.h"

#include <utility>

namespace dure::http {

Result<Next> EventParser::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty()) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (line_.size() > bytes_max_) return fail(Code::failed, "the server sent a line that is too long for an event");
    if (end == std::string_view::npos) break;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    const auto next = read_line(on_event);
    if (!next || *next == Next::stop) return next;
  }
  return Next::go_on;
}

Result<Next> EventParser::read_line(const OnEvent& on_event) {
  std::string_view line = line_;
  if (std::exchange(at_start_, false) && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  Next next = Next::go_on;
  if (line.empty()) {
    next = dispatch(on_event);
  } else {
    const std::size_t colon = line.find(':');
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    read_field(line.substr(0, colon), value);  // a comment has an empty name
  }
  line_.clear();
  if (data_.size() > bytes_max_) return fail(Code::failed, "the server sent an event that is too large");
  return next;
}

void EventParser::read_field(std::string_view field, std::string_view value) {
  if (field == "data") {
    data_.append(value).push_back('\n');
  } else if (field == "event") {
    name_ = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    last_id_ = value;
  }
}

Next EventParser::dispatch(const OnEvent& on_event) {
  std::string name = std::exchange(name_, {});
  std::string data = std::exchange(data_, {});
  if (data.empty()) return Next::go_on;
  data.pop_back();
  return on_event({.id = last_id_, .name = name.empty() ? "message" : std::move(name), .data = std::move(data)});
}

}  // namespace dure::http
