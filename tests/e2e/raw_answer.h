// An answer as it comes over a socket.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dure/http/test_socket.h"

namespace dure::e2e {

struct RawAnswer {
  unsigned status = 0;                                       // 0: none came, or no HTTP
  std::vector<std::pair<std::string, std::string>> headers;  // names in small letters
  std::string media;                                         // of the Content-Type, without what follows it
  std::string body;                                          // unpacked; empty if it has_more
  bool says_close = false;
  bool is_stream = false;  // in pieces, of no length that was known before
  bool has_more = false;   // a stream that may not end: it is left there

  bool has(const std::string& name) const;
};

struct Expected {
  bool is_head = false;         // an answer without its body
  bool may_be_endless = false;  // if it is a stream
};

// Reads the next answer, behind the interim ones.
RawAnswer read_raw_answer(http::TestSocket& socket, const Expected& expected);

}  // namespace dure::e2e
