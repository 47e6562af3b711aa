#include "dure/api/job_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/numbers.h"
#include "dure/api/shown_job.h"
#include "dure/http/ascii.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::size_t most_jobs_listed = 1000;

constexpr std::uint32_t bit(JobState state) { return 1u << static_cast<unsigned>(state); }

struct Filter {
  std::uint32_t states = ~bit(JobState::ended);  // as bits
  std::optional<TenantId> tenant;
  std::string user;
  std::string name;
  std::optional<JobId> array;
  std::string search;             // in lower case: a part of name, user or tenant
  std::optional<JobId> searched;  // or a number

  bool names_something() const { return tenant || !user.empty() || !name.empty() || !search.empty(); }
};

std::optional<JobState> state_of(std::string_view text) {
  for (int s = 0; s <= static_cast<int>(last_of(JobState{})); ++s) {
    if (to_text(static_cast<JobState>(s)) == text) return static_cast<JobState>(s);
  }
  return std::nullopt;
}

bool contains(std::string_view text, std::string_view lower_part) {
  const auto same = [](char a, char b) { return http::lower(a) == b; };
  return std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(), same) != text.end();
}

void read_search(std::string_view text, Filter& filter) {
  if (const auto number = number_of<std::uint32_t>(text)) {
    filter.searched = JobId{*number};
    return;
  }
  std::transform(text.begin(), text.end(), std::back_inserter(filter.search), http::lower);
}

Result<Filter> read_filter(const Call& call) {
  Filter filter;
  std::string_view states = call.request.parameter("state").value_or("");
  if (!states.empty()) filter.states = 0;
  while (!states.empty()) {
    const std::string_view state = http::take_until(states, ',');
    if (state.empty()) continue;
    const auto found = state_of(state);
    if (!found) {
      return fail(Code::invalid_argument,
                  fmt::format("state: found '{}'; write held, pending, starting, running, stopping or ended", state));
    }
    filter.states |= bit(*found);
  }
  if (const auto tenant = call.request.parameter("tenant"); tenant && !tenant->empty()) {
    filter.tenant = call.view.tenants->find(*tenant);
    if (!filter.tenant || !call.access.knows(*filter.tenant))
      return fail(Code::not_found, fmt::format("there is no tenant {}", *tenant));
  }
  read_search(call.request.parameter("search").value_or(""), filter);
  filter.user = call.request.parameter("user").value_or("");
  filter.name = call.request.parameter("name").value_or("");
  if (const auto array = call.request.parameter("array"); array && !array->empty()) {
    const auto first = number_of<std::uint32_t>(*array);
    if (!first) return fail(Code::invalid_argument, "array: write the number of its first job");
    filter.array = JobId{*first};
  }
  return filter;
}

bool matches(const Filter& filter, JobState state) { return (filter.states & bit(state)) != 0; }

bool matches_search(const Filter& filter, JobId id, std::string_view name, std::string_view user,
                    std::string_view tenant) {
  if (filter.searched) return id == *filter.searched;
  return filter.search.empty() || contains(name, filter.search) || contains(user, filter.search) ||
         contains(tenant, filter.search);
}

// Names are looked for where they may be seen.
bool matches(const Filter& filter, const Call& call, const JobRow& row) {
  const View& view = call.view;
  const Job& job = row.job;
  if (!matches(filter, job.state)) return false;
  if (filter.tenant && !view.tenants->is_within(job.tenant, *filter.tenant)) return false;
  const Sight sight = seen(call, row).sight;
  if (sight == Sight::none || (sight == Sight::opaque && filter.names_something())) return false;
  const std::string& user = (*view.users)[job.user.index()];
  if (!filter.user.empty() && user != filter.user) return false;
  if (!filter.name.empty() && job.name != filter.name) return false;
  return matches_search(filter, job.id, job.name, user, (*view.tenants)[job.tenant].path);
}

bool matches(const Filter& filter, const Call& call, const EndedJob& job) {
  if (!matches(filter, JobState::ended)) return false;
  const Tenants& tenants = *call.view.tenants;
  const auto tenant = tenants.find(job.tenant);
  if (filter.tenant && (!tenant || !tenants.is_within(*tenant, *filter.tenant))) return false;
  const Sight sight = seen(call, job).sight;
  if (sight == Sight::none || (sight == Sight::opaque && filter.names_something())) return false;
  if (!filter.user.empty() && job.user != filter.user) return false;
  if (!filter.name.empty() && job.name != filter.name) return false;
  return matches_search(filter, job.id, job.name, job.user, job.tenant);
}

bool is_of(const std::optional<ArrayMember>& member, JobId array) { return member && member->array == array; }

// Jobs by id from `first` on, a page of them.
struct ListedJobs {
  json::array jobs;
  std::optional<std::string> next;  // the cursor
};

// Of the view alone. O(ids).
ListedJobs list_view(const Call& call, const Filter& filter, std::size_t first, std::size_t limit) {
  ListedJobs listed;
  ShortReasons reasons(call);
  const std::size_t end = filter.searched ? filter.searched->index() + 1 : call.view.jobs.id_bound();
  if (filter.searched) first = std::max<std::size_t>(first, filter.searched->index());
  for (std::size_t id = first; id < end; ++id) {
    if (call.view.jobs.is_empty_page(id)) {
      id += rows_per_page - 1 - id % rows_per_page;
      continue;
    }
    const JobRow* row = call.view.jobs.find(id);
    if (row == nullptr || !matches(filter, call, *row)) continue;
    if (listed.jobs.size() == limit) {
      listed.next = std::to_string(id);
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
      listed.next = std::to_string(forecast.job.index());
      break;
    }
    listed.jobs.push_back(job_json(call, *row, reasons));
  }
  return listed;
}

// In what order jobs are listed. All but the first look at every job.
enum class Order : std::uint8_t { oldest, newest, priority, largest, soonest };

std::optional<Order> order_of(std::string_view text) {
  using enum Order;
  if (text.empty() || text == "oldest") return oldest;
  if (text == "newest") return newest;
  if (text == "priority") return priority;
  if (text == "largest") return largest;
  if (text == "soonest") return soonest;
  return std::nullopt;
}

constexpr std::size_t p50 = 1;  // of the quantiles of a forecast

// Where a job comes: by this number, which ascends, then by its own.
using Rank = std::pair<std::int64_t, std::uint32_t>;

std::int64_t amount_of(const Shape& shape) {
  const std::int64_t each =
      shape.per_task.gpu_milli > 0 ? shape.per_task.gpu_milli * 1'000'000 : shape.per_task.cpu_milli;
  return each * shape.tasks_max;
}

Rank rank_of(const Call& call, const JobRow& row, Order order) {
  const std::uint32_t id = row.job.id.value;
  switch (order) {
    case Order::oldest: break;
    case Order::newest: return {-std::int64_t{id}, id};
    case Order::priority: {
      const bool is_told = seen(call, row).sight >= Sight::status;
      return {is_told ? -std::int64_t{row.job.priority} : 0, id};
    }
    case Order::largest: return {-amount_of(row.shape), id};
    case Order::soonest: {
      if (row.promise) return {row.promise->from.ns, id};
      const StartForecast* forecast = forecast_of(call, row);
      return {forecast != nullptr ? forecast->start[p50].ns : std::numeric_limits<std::int64_t>::max(), id};
    }
  }
  return {id, id};
}

// `RANK.JOB`: of the first of the next page.
Result<std::optional<Rank>> read_rank(std::string_view cursor) {
  if (cursor.empty()) return std::nullopt;
  const std::size_t dot = cursor.find('.');
  const auto rank = number_of<std::int64_t>(cursor.substr(0, dot));
  const auto id = number_of<std::uint32_t>(dot < cursor.size() ? cursor.substr(dot + 1) : "");
  if (!rank || !id) return fail(Code::invalid_argument, "cursor: take it from the `next` of the page before");
  return Rank{*rank, *id};
}

// The newest first: from the end, as far as there is need.
ListedJobs list_newest(const Call& call, const Filter& filter, std::optional<Rank> begin, std::size_t limit) {
  ListedJobs listed;
  ShortReasons reasons(call);
  std::size_t end = call.view.jobs.id_bound();
  if (begin) end = std::min<std::size_t>(end, begin->second + std::size_t{1});
  for (std::size_t id = end; id-- > 0;) {
    if (call.view.jobs.is_empty_page(id)) {
      id -= id % rows_per_page;
      continue;
    }
    const JobRow* row = call.view.jobs.find(id);
    if (row == nullptr || !matches(filter, call, *row)) continue;
    if (listed.jobs.size() == limit) {
      const Rank rank = rank_of(call, *row, Order::newest);
      listed.next = fmt::format("{}.{}", rank.first, rank.second);
      break;
    }
    listed.jobs.push_back(job_json(call, *row, reasons));
  }
  return listed;
}

// The first `limit` of all that match, from `begin` on, and the one after. O(jobs x log limit).
ListedJobs list_ordered(const Call& call, const Filter& filter, Order order, std::optional<Rank> begin,
                        std::size_t limit) {
  std::vector<std::pair<Rank, const JobRow*>> best;  // a heap, the last in order on top
  const auto consider = [&](std::size_t id) {
    const JobRow* row = call.view.jobs.find(id);
    if (row == nullptr || !matches(filter, call, *row)) return;
    const Rank rank = rank_of(call, *row, order);
    if ((begin && rank < *begin) || (best.size() > limit && rank > best.front().first)) return;
    best.emplace_back(rank, row);
    std::push_heap(best.begin(), best.end());
    if (best.size() <= limit + 1) return;
    std::pop_heap(best.begin(), best.end());
    best.pop_back();
  };
  for (std::size_t id = 0; id < call.view.jobs.id_bound(); ++id) {
    if (call.view.jobs.is_empty_page(id)) {
      id += rows_per_page - 1 - id % rows_per_page;
    } else {
      consider(id);
    }
  }
  std::sort_heap(best.begin(), best.end());
  ListedJobs listed;
  ShortReasons reasons(call);
  for (const auto& [rank, row] : best) {
    if (listed.jobs.size() == limit) {
      listed.next = fmt::format("{}.{}", rank.first, rank.second);
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
      listed.next = std::to_string(id);
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

Result<std::size_t> read_limit(const Call& call) {
  const auto limit = number_of<std::size_t>(call.request.parameter("limit").value_or("100"));
  if (limit && *limit > 0 && *limit <= most_jobs_listed) return *limit;
  return fail(Code::invalid_argument, fmt::format("limit: write a number from 1 to {}", most_jobs_listed));
}

Result<Page> read_page(const Call& call) {
  const auto limit = read_limit(call);
  if (!limit) return tl::unexpected(limit.error());
  const auto first = number_of<std::size_t>(call.request.parameter("cursor").value_or("0"));
  if (!first) return fail(Code::invalid_argument, "cursor: take it from the `next` of the page before");
  return Page{*first, *limit};
}

json::object listed_json(const Call& call, ListedJobs listed) {
  json::object out{{"jobs", std::move(listed.jobs)},
                   {"next", nullptr},
                   {"sequence", call.view.sequence},
                   {"now", to_text(std::max(call.now, call.view.now))}};
  if (listed.next) out["next"] = *listed.next;
  return out;
}

}  // namespace

bool is_scan(const http::Request& request) {
  if (request.path != "/v1/jobs" || request.method != http::Method::get) return false;
  const auto says = [&](std::string_view name) { return !request.parameter(name).value_or("").empty(); };
  return says("sort") || says("search") || says("tenant") || says("user") || says("name") || says("state");
}

Answer list_jobs(const Call& call) {
  const auto filter = read_filter(call);
  if (!filter) return problem(filter.error());
  const std::string_view sort = call.request.parameter("sort").value_or("");
  const auto order = order_of(sort);
  if (!order || (*order != Order::oldest && filter->array)) {
    return problem({Code::invalid_argument,
                    fmt::format("sort: found '{}'; write oldest, newest, priority, largest or soonest; an array is "
                                "listed from its first job on",
                                sort)});
  }
  if (*order != Order::oldest) {
    const auto limit = read_limit(call);
    if (!limit) return problem(limit.error());
    const auto begin = read_rank(call.request.parameter("cursor").value_or(""));
    if (!begin) return problem(begin.error());
    ListedJobs listed = *order == Order::newest ? list_newest(call, *filter, *begin, *limit)
                                                : list_ordered(call, *filter, *order, *begin, *limit);
    return json_response(200, json::serialize(listed_json(call, std::move(listed))));
  }
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

}  // namespace dure::api
