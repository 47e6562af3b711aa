#include "dure/api/job_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "dure/api/forecast_json.h"
#include "dure/api/job_json.h"
#include "dure/api/numbers.h"
#include "dure/api/pending_order.h"
#include "dure/api/plan_json.h"
#include "dure/api/shown_job.h"
#include "dure/api/why_json.h"
#include "dure/base/hash.h"
#include "dure/spec/job_array.h"
#include "dure/spec/json_value.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"

namespace dure::api {
namespace {

namespace json = boost::json;

Error no_such_job(std::string_view id) { return {Code::not_found, fmt::format("there is no job {}", id)}; }

Result<JobId> job_id(const Call& call) {
  const auto number = number_of<std::uint32_t>(call.parameters.front());
  if (!number) return tl::unexpected(no_such_job(call.parameters.front()));
  return JobId{*number};
}

// A job that the caller may see something of: in the view, or what is kept of one that has left it.
struct Found {
  const JobRow* row = nullptr;
  std::optional<EndedJob> ended;
  Seen seen;
};

// One that may not be seen is as if it were not there.
Result<Found> find_job(const Call& call, JobId id) {
  Found found;
  found.row = call.view.jobs.find(id.index());
  if (found.row != nullptr) {
    found.seen = seen(call, *found.row);
  } else if (call.archive != nullptr) {
    auto ended = call.archive->ended(id);
    if (!ended) return tl::unexpected(ended.error());
    found.ended = *std::move(ended);
    if (found.ended) found.seen = seen(call, *found.ended);
  }
  if (found.seen.sight == Sight::none) return tl::unexpected(no_such_job(std::to_string(id.value)));
  return found;
}

Result<Found> find_job(const Call& call) {
  return job_id(call).and_then([&](JobId id) { return find_job(call, id); });
}

// Of whom a job is, for what may be done to it. One that has left the view takes no change: the loop says so.
bool may_end(const Call& call, const JobRow& row) {
  return call.access.may_end(row.job.tenant, (*call.view.users)[row.job.user.index()]);
}
bool may_change(const Call& call, const JobRow& row) {
  return call.access.may_change(row.job.tenant, (*call.view.users)[row.job.user.index()]);
}

Error not_yours(const Call& call) {
  return {Code::not_permitted, fmt::format("job {} is not yours to change; ask who sent it, or an owner of its tenant",
                                           call.parameters.front())};
}

Answer act(const Call& call, JobAct act) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  const auto may = act == JobAct::cancel ? may_end : may_change;
  if (found->row != nullptr && !may(call, *found->row)) return problem(not_yours(call));
  return Ask{ActOnJob{*job_id(call), act}, tell_done};
}

// One job, or `{jobs: [...]}`.
std::optional<std::vector<spec::JobFile>> read_submission(const spec::Node& node, const Call& call) {
  const spec::KnownTenants tenants(*call.view.tenants,
                                   [&](TenantId tenant) { return call.access.may(Right::submit, tenant); });
  if (node.is(spec::Kind::mapping) && node.value().find("jobs") != nullptr) {
    return spec::read_jobs_node(node, *call.view.fleet, tenants, call.now);
  }
  auto one = spec::read_job_node(node, *call.view.fleet, tenants, call.now);
  if (!one) return std::nullopt;
  std::vector<spec::JobFile> files;
  files.push_back(std::move(*one));
  return files;
}

bool is_yaml(const http::Request& request) {
  return request.header("content-type").value_or("").find("yaml") != std::string_view::npos;
}

http::Response tell_submitted(const CommandResult& result) {
  const auto is_refused = [](const Result<Submitted>& job) { return !job; };
  if (std::all_of(result.jobs.begin(), result.jobs.end(), is_refused)) return problem(result.jobs.front().error());
  std::string body = R"({"jobs":[)";
  for (const Result<Submitted>& job : result.jobs) {
    if (body.back() == '}') body += ',';
    body += job ? fmt::format(R"({{"id":{},"count":{}}})", job->first.value, job->count)
                : fmt::format(R"({{"error":{}}})", json::serialize(json::value(job.error().message)));
  }
  return json_response(201, body + fmt::format(R"(],"sequence":{}}})", result.sequence));
}

std::optional<JobText> read_job_text(const Call& call, BlobId id) {
  if (id.is_none() || call.archive == nullptr) return std::nullopt;
  auto text = call.archive->text(id);
  return text ? *std::move(text) : std::nullopt;
}

void add_text(const JobText& text, json::object& out) {
  out["script"] = text.script;
  out["directory"] = text.directory;
  json::array arguments;
  for (const std::string& argument : text.arguments) arguments.emplace_back(argument);
  out["arguments"] = std::move(arguments);
  if (!text.output.empty()) out["output"] = text.output;
}

json::object why_json(const Call& call, const JobRow& row, Seen seen) {
  json::object out{{"id", row.job.id.value}, {"state", to_text(row.job.state)}};
  // Who does not see the machines sees how many that wait were there before, in place of what is in the way.
  if (!seen.has_place && row.job.state == JobState::pending) out["position"] = position_of(call.view, row);
  if (!row.start_failed.empty()) out["start_failed"] = row.start_failed;
  const Why why = why_not(call, row, seen);
  json::array blockers;
  for (const Blocker& blocker : why.blockers) blockers.push_back(to_json(call.view, blocker));
  json::array changes;
  for (const Suggestion& change : why.changes) changes.push_back(to_json(call.view, change, row.job.id));
  if (const auto* forecast = forecast_of(call, row)) out["forecast"] = to_json(*forecast, *call.forecasts);
  out["blockers"] = std::move(blockers);
  out["changes"] = std::move(changes);
  return out;
}

// Nothing keeps it from anything: only how it ended is left to tell.
json::object why_ended_json(const json::object& job) {
  json::object out{{"blockers", json::array{}}, {"changes", json::array{}}};
  for (const char* key : {"id", "array", "state", "outcome", "exit_code", "reason"}) {
    if (const json::value* value = job.if_contains(key)) out[key] = *value;
  }
  return out;
}

void add_terminal(const Call& call, const Job& job, const JobText& text, json::object& out) {
  const bool has_terminal = text.launch == Launch::terminal && job.state == JobState::running;
  if (has_terminal && call.server.terminal_path) out["terminal"] = call.server.terminal_path(job);
}

std::optional<JobUpdated> read_change(const spec::Node& node, JobId job) {
  return spec::read_mapping<JobUpdated>(node, "what to change, such as {time_limit: 2h}",
                                        [&](spec::Fields& in, JobUpdated& change) {
                                          change.job = job;
                                          Duration limit;
                                          if (in.take("time_limit", limit, spec::read_positive_duration))
                                            change.time_limit = limit;
                                          std::int32_t priority = 0;
                                          if (in.take("priority", priority, spec::read_priority))
                                            change.priority = priority;
                                          std::string name;
                                          if (in.take("name", name, spec::read_name)) change.name = name;
                                        });
}

// Whether the caller may know of all that the job is to come after. A number that was not given out yet is nobody's:
// whoever was told of one sees it in the view.
Result<void> check_after(const Call& call, const spec::JobFile& file) {
  for (const Dependency& on : file.job.after) {
    const auto found = find_job(call, on.job);
    if (!found && found.error().code != Code::not_found) return tl::unexpected(found.error());
    if (found && found->seen.sight >= Sight::status) continue;
    return fail(Code::not_found, fmt::format("after: there is no job {}", on.job.value));
  }
  return {};
}

Result<void> check_arrays(const Call& call, const std::vector<spec::JobFile>& files) {
  std::size_t jobs = 0;
  for (const spec::JobFile& file : files) jobs += file.array.size();
  if (jobs <= call.server.array_max) return {};
  return fail(
      Code::invalid_argument,
      fmt::format("job: array: found {} jobs; this server takes at most {} of arrays in one request (`array` of "
                  "its `limits`); send several",
                  jobs, call.server.array_max));
}

// As the body has them, and as far as can be said without the loop.
Result<std::vector<spec::JobFile>> read_files(const Call& call) {
  const auto read = [&](const spec::Node& node) { return read_submission(node, call); };
  auto files = is_yaml(call.request) ? spec::read_text(call.request.body, "job", read)
                                     : spec::read_json_text(call.request.body, "job", read);
  if (!files) return files;
  if (auto checked = check_arrays(call, *files); !checked) return tl::unexpected(checked.error());
  for (const spec::JobFile& file : *files) {
    if (auto checked = check_after(call, file); !checked) return tl::unexpected(checked.error());
  }
  return files;
}

// What is to be done about a job that may start too late; nullopt if that is not asked for.
Result<std::optional<IfUnlikely>> read_deadline(const Call& call, const std::vector<spec::JobFile>& files) {
  const auto text = call.request.parameter("deadline");
  if (!text) return std::nullopt;
  const auto if_unlikely = read_if_unlikely(*text);
  if (!if_unlikely) {
    return fail(Code::invalid_argument, fmt::format("deadline: found {}; write warn or refuse", spec::quote(*text)));
  }
  const spec::JobFile& first = files.front();
  const bool has_deadline = first.job.start_by || first.start_within;
  if (files.size() != 1 || !has_deadline || first.job.is_held) {
    return fail(
        Code::invalid_argument,
        "deadline: it is of one job with start_by or finish_by that is not held; submit that alone, or leave deadline "
        "out");
  }
  return if_unlikely;
}

// What keeps it from starting, as the turn of its submission left it.
JobRow row_of(const JobPlan& plan) {
  return {.job = plan.plan.job, .shape = plan.job.shape, .after = plan.job.after, .promise = plan.plan.promise};
}

}  // namespace

Error no_plans() {
  return {Code::unavailable,
          "this server makes no forecasts, and so no plans; an operator turns them on with `forecast:` in its "
          "configuration"};
}

Answer submit_jobs(const Call& call) {
  auto files = read_files(call);
  if (!files) return problem(files.error());
  const auto if_unlikely = read_deadline(call, *files);
  if (!if_unlikely) return problem(if_unlikely.error());
  SubmitJobs command;
  ByteWriter writer;
  for (spec::JobFile& file : *files) {
    if (!file.array.empty()) {
      const std::vector<Variable> variables = spec::array_variables(file.array);
      file.text.environment.insert(file.text.environment.end(), variables.begin(), variables.end());
    }
    writer.clear();
    writer(file.text);
    const Hash128 hash = hash_128(writer.bytes());
    NewJob job{.text = {writer.bytes().begin(), writer.bytes().end()}, .text_id = {hash.high, hash.low}};
    job.file = std::move(file);
    command.jobs.push_back(std::move(job));
  }
  return Ask{std::move(command), tell_submitted, *if_unlikely};
}

Answer plan_job(const Call& call) {
  if (call.forecasts == nullptr) return problem(no_plans());
  auto files = read_files(call);
  if (!files) return problem(files.error());
  if (files->size() != 1) {
    return problem({Code::invalid_argument,
                    fmt::format("job: found {} jobs; a plan is of one job or array: ask for each", files->size())});
  }
  if (files->front().job.is_held) {
    return problem(
        {Code::invalid_argument,
         "job: hold: found a job that waits until it is released; leave it out to plan the job as released"});
  }
  return AskPlan{std::move(files->front())};
}

http::Response tell_plan(const Call& call, const Result<JobPlan>& plan) {
  if (!plan) return problem(plan.error());
  const Seen sees = call.access.seen(plan->job.tenant, call.access.actor().subject);
  json::object out = to_json(call.view, *plan);
  ShortReasons(call).add(row_of(*plan), sees, out);
  if (!sees.has_place) hide_machines(out);
  return json_response(200, json::serialize(out));
}

Answer show_job(const Call& call) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  const JobRow* row = found->row;
  json::object out = row != nullptr ? job_json(call, *row) : job_json(call, *found->ended);
  if (found->seen.sight < Sight::full) return json_response(200, json::serialize(out));
  const auto text = read_job_text(call, row != nullptr ? row->job.text : found->ended->text);
  if (text) add_text(*text, out);
  if (text && row != nullptr) add_terminal(call, row->job, *text, out);
  return json_response(200, json::serialize(out));
}

Answer list_job_events(const Call& call) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  return ReadJobEvents{*job_id(call)};
}

Answer why_job(const Call& call) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  const JobRow* row = found->row;
  if (row == nullptr || row->job.state == JobState::ended) {
    const json::object job = row != nullptr ? job_json(call, *row) : job_json(call, *found->ended);
    return json_response(200, json::serialize(why_ended_json(job)));
  }
  json::object out = why_json(call, *row, found->seen);
  if (row->promise) out["promised_from"] = to_text(row->promise->from);
  return json_response(200, json::serialize(out));
}

Answer cancel_job(const Call& call) { return act(call, JobAct::cancel); }
Answer hold_job(const Call& call) { return act(call, JobAct::hold); }
Answer release_job(const Call& call) { return act(call, JobAct::release); }

Answer change_job(const Call& call) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  if (found->row != nullptr && !may_change(call, *found->row)) return problem(not_yours(call));
  const auto id = job_id(call);
  auto change =
      spec::read_json_text(call.request.body, "change", [&](const spec::Node& node) { return read_change(node, *id); });
  if (!change) return problem(change.error());
  return Ask{ChangeJob{std::move(*change)}, tell_done};
}

Answer read_log(const Call& call) {
  const auto found = find_job(call);
  if (!found) return problem(found.error());
  if (found->seen.sight < Sight::full) {
    return problem(
        {Code::not_permitted, fmt::format("what job {} wrote is for its tenant alone", call.parameters.front())});
  }
  ReadLog log{.job = *job_id(call)};
  const auto task = number_of<std::uint32_t>(call.request.parameter("task").value_or("0"));
  const auto offset = number_of<std::uint64_t>(call.request.parameter("offset").value_or("0"));
  const std::string_view stream = call.request.parameter("stream").value_or("output");
  if (!task || !offset) return problem({Code::invalid_argument, "task and offset are whole numbers"});
  if (stream != "output" && stream != "error") {
    return problem({Code::invalid_argument, fmt::format("stream: found '{}'; write output or error", stream)});
  }
  log.task = *task;
  log.offset = *offset;
  log.is_error = stream == "error";
  const auto follows = read_flag(call, "follow");
  if (!follows) return problem(follows.error());
  log.follows = *follows;
  return log;
}

}  // namespace dure::api
