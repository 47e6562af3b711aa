#include "dure/http/answer_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace dure::http {
namespace {

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const std::size_t begin = out.size();
  out += value;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out += "\r\n";
}

}  // namespace

void append_head(std::string& out, const Response& response, const Framing& framing) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 reason_phrase(response.status), framing.date);
  if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
  for (const Header& header : response.headers) append_header(out, header.name, header.value);
  if (!response.header("Cache-Control")) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  if (framing.body == Framing::Body::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (framing.body == Framing::Body::counted && !has_no_body(response.status)) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", framing.length);
  }
  if (framing.connection == Framing::Connection::keep_alive) out += "Connection: keep-alive\r\n";
  if (framing.connection == Framing::Connection::close) out += "Connection: close\r\n";
  out += "\r\n";
}

bool is_worth_packing(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  constexpr std::array<std::string_view, 5> types{"application/json", "application/javascript", "application/yaml",
                                                  "application/xml", "image/svg+xml"};
  return content_type.starts_with("text/") || content_type.ends_with("+json") ||
         std::find(types.begin(), types.end(), content_type) != types.end();
}

}  // namespace dure::http
