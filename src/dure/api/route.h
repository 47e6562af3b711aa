// One thing that can be asked of the server: what the documentation, the dispatch and the tests go by.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dure/api/command.h"
#include "dure/api/view.h"
#include "dure/http/message.h"
#include "dure/journal/sqlite/journal_reader.h"

namespace dure::api {

// What only the server knows.
struct ServerFacts {
  std::string version;
  std::string address;
  std::string data;  // its folder
  Time started;
  std::int64_t pid = 0;
  // The socket of the terminal of a job that runs, if it has one.
  std::function<std::string(const Job&)> terminal_path;
};

// A GPU of this machine, as its driver tells.
struct DeviceFacts {
  std::uint32_t index = 0;
  std::string model;
  std::string uuid;  // empty: emulated
  std::int64_t memory_mib = 0;
  bool is_healthy = true;
  std::string why_not;
  std::optional<double> power_w;
  std::optional<std::int64_t> temperature_celsius;
  std::optional<std::int64_t> utilization_percent;
};

// One request, with everything that an answer may need. Read on a network thread.
struct Call {
  const http::Request& request;
  const View& view;
  std::vector<std::string> parameters;  // what stands for `{id}` and the like in the path, in order
  const ServerFacts& server;
  Time now = {};  // by the server's clock; the view's is that of its last fact
  // What is kept of jobs that have left the view. One thread at a time, as is the case on a network thread.
  JournalReader* archive = nullptr;
  const std::vector<DeviceFacts>* devices = nullptr;  // of the node that is this machine
};

// A command for the loop, and how its result is told.
struct Ask {
  Command command;
  std::function<http::Response(const CommandResult&)> respond;
};
// Everything that happens, from an event on.
struct WatchEvents {
  std::optional<JobId> job;
  std::optional<std::string> tenant;
};
// What a task has written.
struct ReadLog {
  JobId job;
  std::uint32_t task = 0;
  bool is_error = false;
  bool follows = false;
  std::uint64_t offset = 0;
};
using Answer = std::variant<http::Response, Ask, WatchEvents, ReadLog>;

struct Route {
  http::Method method = http::Method::get;
  std::string_view path;     // `/v1/jobs/{id}`
  std::string_view name;     // of the operation, `showJob`
  std::string_view summary;  // a line for people
  std::vector<std::string_view> query;
  Answer (*answer)(const Call& call) = nullptr;
};

// All of them; constant.
const std::vector<Route>& routes();

// Answers the request, or says that there is no such route or method.
Answer dispatch(Call call);

http::Response json_response(unsigned status, std::string body);
http::Response problem(const Error& error);
// How a command went that has nothing to tell but from when on it shows.
http::Response tell_done(const CommandResult& result);

}  // namespace dure::api
