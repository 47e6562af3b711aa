// What a request asks for: the path and the parameters in its first line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/http/message.h"

namespace dure::http {

struct Target {
  std::string path;
  std::vector<Parameter> query;
};

// Reads `/v1/jobs?limit=10`, `http://host/v1/jobs` and `*`. What is decoded is UTF-8 without control characters;
// anything else is Code::invalid_argument.
Result<Target> read_target(std::string_view target);

// Writes `text` so that it may stand in a path or as the value of a parameter: `a/b c` becomes `a%2Fb%20c`.
std::string encode(std::string_view text);

}  // namespace dure::http
