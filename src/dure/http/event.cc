#include "dure/http/event.h"

#include <string_view>

namespace dure::http {
namespace {

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

void append_field(std::string& frame, std::string_view field, std::string_view value) {
  if (value.empty()) return;
  frame += field;
  frame += ": ";
  for (const char c : value) frame += is_line_end(c) || c == '\0' ? ' ' : c;
  frame += '\n';
}

// Takes one line off the front of `text`, and its \n, \r or \r\n with it.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  text.remove_prefix(line.size());
  if (text.starts_with("\r\n")) text.remove_prefix(1);
  if (!text.empty()) text.remove_prefix(1);
  return line;
}

}  // namespace

std::string to_frame(const Event& event) {
  std::string frame;
  frame.reserve(event.id.size() + event.name.size() + event.data.size() + 32);
  append_field(frame, "id", event.id);
  append_field(frame, "event", event.name == "message" ? "" : event.name);
  std::string_view rest = event.data;
  do {
    const bool ends_in_line_end = !rest.empty() && is_line_end(rest.back());
    frame += "data: ";
    frame += take_line(rest);
    frame += '\n';
    if (rest.empty() && ends_in_line_end) frame += "data: \n";
  } while (!rest.empty());
  frame += '\n';
  return frame;
}

}  // namespace dure::http
