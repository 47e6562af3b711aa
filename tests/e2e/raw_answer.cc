#include "raw_answer.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "dure/http/gzip.h"

namespace dure::e2e {
namespace {

constexpr std::size_t unpacked_max = 268'435'456;

std::string value_of(const RawAnswer& answer, const std::string& name) {
  const auto found = std::ranges::find(answer.headers, name, &std::pair<std::string, std::string>::first);
  return found == answer.headers.end() ? "" : found->second;
}

RawAnswer read_head(http::TestSocket& socket) {
  RawAnswer answer;
  const std::string head = socket.read_until("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 ") || !head.ends_with("\r\n\r\n")) return answer;
  answer.status = static_cast<unsigned>(std::strtoul(head.c_str() + 9, nullptr, 10));
  for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
    const std::size_t end = head.find("\r\n", at);
    const std::size_t colon = head.find(": ", at);
    if (colon == std::string::npos || colon > end) return {};
    std::string name = head.substr(at, colon - at);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers.emplace_back(std::move(name), head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  return answer;
}

// Returns false if it does not end as it must.
bool read_chunks(http::TestSocket& socket, std::string& body) {
  for (;;) {
    const std::string line = socket.read_until("\r\n");
    if (!line.ends_with("\r\n")) return false;
    const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
    const std::string piece = socket.read_bytes(size + 2);
    if (piece.size() != size + 2) return false;
    if (size == 0) return true;
    body.append(piece, 0, size);
  }
}

}  // namespace

bool RawAnswer::has(const std::string& name) const { return !value_of(*this, name).empty(); }

RawAnswer read_raw_answer(http::TestSocket& socket, const Expected& expected) {
  RawAnswer answer = read_head(socket);
  while (answer.status == 100) answer = read_head(socket);
  const std::string type = value_of(answer, "content-type");
  answer.media = type.substr(0, type.find(';'));
  answer.says_close = value_of(answer, "connection") == "close";
  const std::string length = value_of(answer, "content-length");
  answer.is_stream = length.empty();
  if (answer.status == 0 || expected.is_head) return answer;
  if (!answer.is_stream) {
    const std::size_t bytes = std::strtoul(length.c_str(), nullptr, 10);
    answer.body = socket.read_bytes(bytes);
    if (answer.body.size() != bytes) answer.status = 0;
  } else if (expected.may_be_endless || answer.media == "text/event-stream") {
    answer.has_more = true;
  } else if (value_of(answer, "transfer-encoding") != "chunked") {
    answer.body = socket.read_all();
  } else if (!read_chunks(socket, answer.body)) {
    answer.status = 0;
  }
  if (value_of(answer, "content-encoding") == "gzip") answer.body = http::unpack_gzip(answer.body, unpacked_max).bytes;
  return answer;
}

}  // namespace dure::e2e
