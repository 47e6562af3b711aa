// One thing that can be asked of the server: what the documentation, the dispatch and the tests go by.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dure/api/access.h"
#include "dure/api/command.h"
#include "dure/api/forecasts.h"
#include "dure/api/start_deadline.h"
#include "dure/api/view.h"
#include "dure/fleet/served_fleet.h"
#include "dure/http/message.h"
#include "dure/journal/sqlite/shared_reader.h"
#include "dure/journal/stored_token.h"
#include "dure/tenancy/job_isolation.h"

namespace dure::api {

// What only the server knows.
struct ServerFacts {
  std::string version;
  std::string address;
  std::string data;  // its folder
  Time started;
  std::int64_t pid = 0;
  std::size_t array_max = 0;  // jobs of the arrays of one request
  JobIsolation isolation;
  bool is_public = false;             // /v1/public, to whoever asks
  std::vector<std::string> clusters;  // names of sites that it can reach
  Rehearses rehearses = Rehearses::no;
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

// The tokens that were ever made. Any thread.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // By id, from `first` on, at most so many. O(log tokens + most).
  virtual std::vector<std::shared_ptr<const StoredToken>> tokens(std::string_view first, std::size_t most) const = 0;
  // Null if there is none.
  virtual std::shared_ptr<const StoredToken> token(std::string_view id) const = 0;
  // O(log tokens + theirs).
  virtual std::vector<std::shared_ptr<const StoredToken>> tokens_of(std::string_view subject) const = 0;
};

struct Route;

// One request, with everything that an answer may need. Read on a network thread.
struct Call {
  const http::Request& request;
  const View& view;
  std::vector<std::string> parameters;  // what stands for `{id}` and the like in the path, in order
  const Access& access;                 // what the caller may
  Time now;                             // by the clock; the view may be older
  const ServerFacts& server;
  SharedReader* archive = nullptr;                    // what is kept of jobs that have left the view
  const std::vector<DeviceFacts>* devices = nullptr;  // of the node that is this machine
  const TokenSource* tokens = nullptr;
  const Forecasts* forecasts = nullptr;  // null where they are off
  const Route* route = nullptr;          // which was found; `dispatch` sets it
};

// A command for the loop, and how its result is told.
struct Ask {
  Command command;
  std::function<http::Response(const CommandResult&)> respond;
  // Of the submission of one job with a time to start by: how likely it does is asked first.
  std::optional<IfUnlikely> if_unlikely = std::nullopt;
};
// Everything that happens and that the caller may see, from an event on.
struct WatchEvents {
  std::optional<JobId> job;
  std::optional<std::string> tenant;
  std::optional<std::uint64_t> since;  // the last that is known; without: what is new
};
// The estate and what changes of it, for a browser. Once `since` is seen nothing newer is sent that is the same.
struct WatchLive {
  std::optional<std::uint64_t> since;
};
// What is at hand of what has happened to a job.
struct ReadJobEvents {
  JobId job;
};
// What tenants have held lately: within this one, or all.
struct ReadUseHistory {
  std::optional<TenantId> tenant;
};
// What a task has written.
struct ReadLog {
  JobId job;
  std::uint32_t task = 0;
  bool is_error = false;
  bool follows = false;
  std::uint64_t offset = 0;
};
// What would come of a job, of whoever makes forecasts; `tell_plan` (job_routes.h) tells the result.
struct AskPlan {
  spec::JobFile file;
};
using Answer =
    std::variant<http::Response, Ask, WatchEvents, WatchLive, ReadJobEvents, ReadUseHistory, ReadLog, AskPlan>;

struct Route {
  http::Method method = http::Method::get;
  std::string_view path;     // `/v1/jobs/{id}`
  std::string_view name;     // of the operation, `showJob`
  std::string_view summary;  // a line for people
  std::vector<std::string_view> query;
  std::optional<Right> needs;  // somewhere in the tree; where else it matters what it is about
  Answer (*answer)(const Call& call) = nullptr;
};

// All of them; constant.
const std::vector<Route>& routes();

// Answers the request, or says that there is no such route or method, or that it is not for this caller.
Answer dispatch(Call& call);

// The refusal (405) of a method that the path does not take.
http::Response wrong_method(const http::Request& request, const std::vector<http::Method>& methods);

// What a parameter of the query says that is `true` or `false`; false if it is not there.
Result<bool> read_flag(const Call& call, std::string_view name);

http::Response json_response(unsigned status, std::string body);
http::Response problem(const Error& error);
// How a command went that has nothing to tell but from when on it shows.
http::Response tell_done(const CommandResult& result);

}  // namespace dure::api
