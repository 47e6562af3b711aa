// A submission that came with a key, so that asking again never submits twice.
#pragma once

#include <string>

namespace dure {

struct KeptSubmission {
  std::string key;      // the client's
  std::string request;  // a hash of what was asked
  std::string jobs;  // what it became, one entry a document: `12:1,13:100`, the first id and the count; `-` if refused
};

}  // namespace dure
