#include "dure/api/job_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>
#include <utility>

#include "dure/api/forecast_json.h"
#include "dure/api/job_json.h"
#include "dure/api/pending_order.h"
#include "dure/api/plan_json.h"
#include "dure/api/why_json.h"
#include "dure/base/hash.h"
#include "dure/spec/job_array.h"
#include "dure/spec/json_value.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::size_t most_jobs_listed = 1000;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error no_such_job(std::string_view id) { return {Code::not_found, fmt::format("there is no job {}", id)}; }

Result<JobId> job_id(const Call& call) {
  const auto number = number_of<std::uint32_t>(call.parameters.front());
  if (!number) return tl::unexpected(no_such_job(call.parameters.front()));
  return JobId{*number};
}

Seen seen(const Call& call, const JobRow& row) {
  return call.access.seen(row.job.tenant, (*call.view.users)[row.job.user.index()]);
}
Seen seen(const Call& call, const EndedJob& job) { return seen(call.access.actor(), job.tenant, job.user); }

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

struct Filter {
  std::vector<std::string> states;  // empty: all but ended
  std::optional<TenantId> tenant;
  std::string user;
  std::string name;
  std::optional<JobId> array;

  bool names_something() const { return tenant || !user.empty() || !name.empty(); }
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    if (comma > begin) parts.emplace_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return parts;
}

Result<Filter> read_filter(const Call& call) {
  Filter filter;
  filter.states = split(call.request.parameter("state").value_or(""));
  for (const std::string& state : filter.states) {
    const auto is_it = [&](int s) { return to_text(static_cast<JobState>(s)) == state; };
    if (!is_it(0) && !is_it(1) && !is_it(2) && !is_it(3) && !is_it(4) && !is_it(5)) {
      return fail(Code::invalid_argument,
                  fmt::format("state: found '{}'; write held, pending, starting, running, stopping or ended", state));
    }
  }
  if (const auto tenant = call.request.parameter("tenant"); tenant && !tenant->empty()) {
    filter.tenant = call.view.tenants->find(*tenant);
    if (!filter.tenant || !call.access.knows(*filter.tenant))
      return fail(Code::not_found, fmt::format("there is no tenant {}", *tenant));
  }
  filter.user = call.request.parameter("user").value_or("");
  filter.name = call.request.parameter("name").value_or("");
  if (const auto array = call.request.parameter("array"); array && !array->empty()) {
    const auto first = number_of<std::uint32_t>(*array);
    if (!first) return fail(Code::invalid_argument, "array: write the number of its first job");
    filter.array = JobId{*first};
  }
  return filter;
}

bool matches(const Filter& filter, JobState state) {
  if (filter.states.empty()) return state != JobState::ended;
  return std::find(filter.states.begin(), filter.states.end(), to_text(state)) != filter.states.end();
}

// Names are looked for where they may be seen.
bool matches(const Filter& filter, const Call& call, const JobRow& row) {
  const View& view = call.view;
  const Job& job = row.job;
  if (!matches(filter, job.state)) return false;
  if (filter.tenant && !view.tenants->is_within(job.tenant, *filter.tenant)) return false;
  const Sight sight = seen(call, row).sight;
  if (sight == Sight::none || (sight == Sight::opaque && filter.names_something())) return false;
  if (!filter.user.empty() && (*view.users)[job.user.index()] != filter.user) return false;
  return filter.name.empty() || job.name == filter.name;
}

bool matches(const Filter& filter, const Call& call, const EndedJob& job) {
  if (!matches(filter, JobState::ended)) return false;
  const Tenants& tenants = *call.view.tenants;
  const auto tenant = tenants.find(job.tenant);
  if (filter.tenant && (!tenant || !tenants.is_within(*tenant, *filter.tenant))) return false;
  const Sight sight = seen(call, job).sight;
  if (sight == Sight::none || (sight == Sight::opaque && filter.names_something())) return false;
  if (!filter.user.empty() && job.user != filter.user) return false;
  return filter.name.empty() || job.name == filter.name;
}

bool is_of(const std::optional<ArrayMember>& member, JobId array) { return member && member->array == array; }

// Explains jobs to a caller who sees where they run. Of who runs the estate's machines no tenant's figures are asked.
Explainer explainer(const Call& call, Sight sight) {
  return {call.view,
          std::max(call.now, call.view.now),
          {.use = [&call,
                   sight](TenantId tenant) { return sight > Sight::opaque && call.access.may(Right::see_use, tenant); },
           .job = [&call](const JobRow& other) { return seen(call, other).sight > Sight::none; },
           .nodes = call.access.may(Right::see_nodes)}};
}

// What is in the way, as far as the caller may know: nothing of the machines, nor of what other tenants hold.
Why why_not(const Call& call, const JobRow& row, Seen seen) {
  if (!seen.has_place) return {};
  return explainer(call, seen.sight).why_not(row, Explainer::Extent::all);
}

// Says in a line what keeps each of many jobs from starting; those that ask for the same are looked at once.
class ShortReasons {
 public:
  explicit ShortReasons(const Call& call) : call_(call) {}

  // Empty if there is nothing to say.
  std::string of(const JobRow& row, Seen seen) {
    if (!seen.has_place) return "";
    const auto [found, is_new] = explainers_.try_emplace(seen.sight, explainer(call_, seen.sight));
    const Why why = found->second.why_not(row, Explainer::Extent::blockers);
    return why.blockers.empty() ? "" : sentence(call_.view, why.blockers.front());
  }

 private:
  const Call& call_;
  std::map<Sight, Explainer> explainers_;
};

Beneficiary beneficiary_of(const Call& call, const StopReason& why) {
  const JobRow* row = why.beneficiary ? call.view.jobs.find(why.beneficiary->index()) : nullptr;
  if (row == nullptr) return {};
  const Sight sight = seen(call, *row).sight;
  return sight == Sight::none ? Beneficiary{} : Beneficiary{row, sight};
}

// When it is expected to start; null if nothing is said of that. Like what it is promised it tells nothing of machines.
const StartForecast* forecast_of(const Call& call, const JobRow& row) {
  return call.forecasts != nullptr ? call.forecasts->find(row.job) : nullptr;
}

// What the caller may see of it.
json::object job_json(const Call& call, const JobRow& row, ShortReasons& reasons) {
  json::object out = to_json(call.view, row);
  const Seen sees = seen(call, row);
  if (const auto* forecast = forecast_of(call, row)) out["forecast"] = to_json(*forecast, *call.forecasts);
  if (const std::string reason = reasons.of(row, sees); !reason.empty()) out["reasons"] = json::array{reason};
  if (row.job.last_eviction != StopReason{}) {
    out["eviction"] = eviction_json(call.view, row.job, beneficiary_of(call, row.job.last_eviction));
  }
  redact(out, sees);
  return out;
}

json::object job_json(const Call& call, const JobRow& row) {
  ShortReasons reasons(call);
  return job_json(call, row, reasons);
}

json::object job_json(const Call& call, const EndedJob& job) {
  json::object out = to_json(job);
  redact(out, seen(call, job));
  return out;
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

// Jobs by id from `first` on, a page of them.
struct ListedJobs {
  json::array jobs;
  std::optional<std::size_t> next;
};

// Of the view alone. O(ids).
ListedJobs list_view(const Call& call, const Filter& filter, std::size_t first, std::size_t limit) {
  ListedJobs listed;
  ShortReasons reasons(call);
  for (std::size_t id = first; id < call.view.jobs.id_bound(); ++id) {
    if (call.view.jobs.is_empty_page(id)) {
      id += rows_per_page - 1 - id % rows_per_page;
      continue;
    }
    const JobRow* row = call.view.jobs.find(id);
    if (row == nullptr || !matches(filter, call, *row)) continue;
    if (listed.jobs.size() == limit) {
      listed.next = id;
      break;
    }
    listed.jobs.push_back(job_json(call, *row, reasons));
  }
  return listed;
}

// Of those of which it is said when they start. O(log forecasts + those passed over).
ListedJobs list_expected(const Call& call, const Filter& filter, std::optional<JobId> job, std::size_t first,
                         std::size_t limit) {
  ListedJobs listed;
  ShortReasons reasons(call);
  if (call.forecasts == nullptr) return listed;
  const std::size_t from = std::max<std::size_t>(first, job ? job->index() : 0);
  const std::size_t last = job ? job->index() : ~std::size_t{0};
  const std::vector<StartForecast>& all = call.forecasts->jobs;
  const auto begin =
      std::partition_point(all.begin(), all.end(), [&](const StartForecast& one) { return one.job.index() < from; });
  for (const StartForecast& forecast : std::span(begin, all.end())) {
    if (forecast.job.index() > last) break;
    const JobRow* row = call.view.jobs.find(forecast.job.index());
    if (row == nullptr || forecast_of(call, *row) == nullptr || !matches(filter, call, *row)) continue;
    if (listed.jobs.size() == limit) {
      listed.next = forecast.job.index();
      break;
    }
    listed.jobs.push_back(job_json(call, *row, reasons));
  }
  return listed;
}

// Of one array, whose jobs have ids that follow each other: those that have left the view too, where ended ones are
// asked for. O(jobs of the array).
Result<ListedJobs> list_array(const Call& call, const Filter& filter, std::size_t first, std::size_t limit) {
  ListedJobs listed;
  ShortReasons reasons(call);
  const bool wants_ended = matches(filter, JobState::ended);
  const std::size_t end = wants_ended ? ~std::uint32_t{0} : call.view.jobs.id_bound();
  for (std::size_t id = std::max<std::size_t>(first, filter.array->index()); id < end; ++id) {
    const JobRow* row = call.view.jobs.find(id);
    if (row == nullptr && !wants_ended) continue;
    std::optional<json::object> found;
    if (row != nullptr) {
      if (!is_of(row->job.array, *filter.array)) break;
      if (matches(filter, call, *row)) found = job_json(call, *row, reasons);
    } else {
      const auto ended =
          call.archive == nullptr ? Result<std::optional<EndedJob>>{} : call.archive->ended(id_of<JobTag>(id));
      if (!ended) return tl::unexpected(ended.error());
      if (!*ended || !is_of((*ended)->array, *filter.array)) break;
      if (matches(filter, call, **ended)) found = job_json(call, **ended);
    }
    if (found && listed.jobs.size() == limit) {
      listed.next = id;
      break;
    }
    if (found) listed.jobs.push_back(*std::move(found));
  }
  return listed;
}

// Which part of a list is asked for.
struct Page {
  std::size_t first = 0;
  std::size_t limit = 0;
};

Result<Page> read_page(const Call& call) {
  const auto limit = number_of<std::size_t>(call.request.parameter("limit").value_or("100"));
  const auto first = number_of<std::size_t>(call.request.parameter("cursor").value_or("0"));
  if (!limit || *limit == 0 || *limit > most_jobs_listed) {
    return fail(Code::invalid_argument, fmt::format("limit: write a number from 1 to {}", most_jobs_listed));
  }
  if (!first) return fail(Code::invalid_argument, "cursor: take it from the `next` of the page before");
  return Page{*first, *limit};
}

json::object listed_json(const Call& call, ListedJobs listed) {
  json::object out{{"jobs", std::move(listed.jobs)},
                   {"next", nullptr},
                   {"sequence", call.view.sequence},
                   {"now", to_text(std::max(call.now, call.view.now))}};
  if (listed.next) out["next"] = std::to_string(*listed.next);
  return out;
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
  ShortReasons reasons(call);
  if (const std::string reason = reasons.of(row_of(*plan), sees); !reason.empty()) out["reasons"] = json::array{reason};
  if (!sees.has_place) hide_machines(out);
  return json_response(200, json::serialize(out));
}

Answer list_jobs(const Call& call) {
  const auto filter = read_filter(call);
  if (!filter) return problem(filter.error());
  const auto page = read_page(call);
  if (!page) return problem(page.error());
  auto listed = filter->array ? list_array(call, *filter, page->first, page->limit)
                              : list_view(call, *filter, page->first, page->limit);
  if (!listed) return problem(listed.error());
  return json_response(200, json::serialize(listed_json(call, std::move(*listed))));
}

Answer list_forecasts(const Call& call) {
  const auto filter = read_filter(call);
  if (!filter) return problem(filter.error());
  const auto page = read_page(call);
  if (!page) return problem(page.error());
  std::optional<JobId> job;
  if (const auto text = call.request.parameter("job"); text && !text->empty()) {
    const auto number = number_of<std::uint32_t>(*text);
    if (!number) return problem({Code::invalid_argument, "job: write the number of a job"});
    job = JobId{*number};
  }
  json::object out = listed_json(call, list_expected(call, *filter, job, page->first, page->limit));
  out["is_on"] = call.forecasts != nullptr;
  if (call.forecasts != nullptr && call.forecasts->made) out["made"] = to_text(*call.forecasts->made);
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
