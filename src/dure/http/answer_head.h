// The first line and the headers of an answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dure/http/message.h"

namespace dure::http {

// How the end of a body is told, and whether the connection lasts longer.
struct Framing {
  enum class Body { counted, chunked, until_close };

  Body body = Body::counted;
  std::size_t length = 0;  // if counted
  enum class Connection { implied, keep_alive, close } connection = Connection::implied;
  std::string_view date;  // as in a Date header
};

// Appends all up to the empty line. Line ends in headers become spaces: they would begin a header of their own.
void append_head(std::string& out, const Response& response, const Framing& framing);

// True if gzip makes bytes of this type smaller.
bool is_worth_packing(std::string_view content_type);

// True for the statuses that never have a body.
constexpr bool has_no_body(unsigned status) { return status == 204 || status == 304; }

}  // namespace dure::http
