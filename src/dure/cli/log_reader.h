// What a task of a job has written, from the server.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "dure/cli/connection.h"
#include "dure/cli/patience.h"

namespace dure::cli {

enum class LogStream : std::uint8_t { output, error };

struct LogPlace {
  std::uint64_t job = 0;
  std::uint32_t task = 0;
  LogStream stream = LogStream::output;
  std::uint64_t offset = 0;  // in bytes; goes on with what is read
};

using OnText = std::function<void(std::string_view bytes)>;

// Passes on what is there.
Result<void> read_log(Connection& connection, LogPlace& place, const OnText& on_text);

// Passes on what comes until the job has ended, and returns it. A server that restarts meanwhile is waited for.
Result<Received> follow_log(Connection& connection, LogPlace& place, Patience patience, const OnText& on_text);

}  // namespace dure::cli
