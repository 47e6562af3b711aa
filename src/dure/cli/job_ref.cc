#include "dure/cli/job_ref.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "dure/cli/console.h"
#include "dure/cli/job_list.h"

namespace dure::cli {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint64_t id_of(const Answer& row) { return static_cast<std::uint64_t>(row["id"].integer()); }

bool is_of_array(const Answer& row, std::uint64_t array) {
  return row["array"].exists() && static_cast<std::uint64_t>(row["array"]["job"].integer()) == array;
}

Result<std::vector<Answer>> rows_of_array(Connection& connection, std::uint64_t array, Which which) {
  const JobFilter filter{.states = which == Which::all ? all_states : "", .array = std::to_string(array)};
  auto list = list_jobs(connection, filter, 0);
  if (!list) return tl::unexpected(list.error());
  return std::move(list->rows);
}

}  // namespace

std::string to_text(const JobRef& ref) {
  return ref.index ? fmt::format("{}_{}", ref.job, *ref.index) : std::to_string(ref.job);
}

Result<JobRef> parse_job_ref(std::string_view text) {
  const std::size_t mark = text.find('_');
  const auto job = parse_number<std::uint64_t>(text.substr(0, mark));
  JobRef ref{.job = job.value_or(0)};
  if (mark != std::string_view::npos) ref.index = parse_number<std::uint32_t>(text.substr(mark + 1));
  if (!job || (mark != std::string_view::npos && !ref.index)) {
    return fail(Code::invalid_argument, fmt::format("'{}' is no job; write its number, such as 12, or 10_2 for the job "
                                                    "with index 2 of array 10",
                                                    printable(text)));
  }
  return ref;
}

Result<std::vector<JobRef>> parse_job_refs(const std::vector<std::string>& texts) {
  std::vector<JobRef> refs;
  for (const std::string& text : texts) {
    const auto ref = parse_job_ref(text);
    if (!ref) return tl::unexpected(ref.error());
    refs.push_back(*ref);
  }
  return refs;
}

Result<std::uint64_t> find_job(Connection& connection, const JobRef& ref) {
  if (!ref.index) return ref.job;
  const auto ids = find_jobs(connection, ref, Which::all);
  if (!ids) return tl::unexpected(ids.error());
  return ids->front();
}

Result<std::vector<std::uint64_t>> find_jobs(Connection& connection, const JobRef& ref, Which which) {
  const auto first = connection.get(fmt::format("/v1/jobs/{}", ref.job));
  if (!first) return tl::unexpected(first.error());
  if (!is_of_array(first->answer, ref.job)) {
    if (!ref.index) return std::vector{ref.job};
    return fail(Code::not_found, fmt::format("job {} is no array; leave the index out", ref.job));
  }
  const auto rows = rows_of_array(connection, ref.job, ref.index ? Which::all : which);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::uint64_t> ids;
  for (const Answer& row : *rows) {
    if (!ref.index || row["array"]["index"].integer() == *ref.index) ids.push_back(id_of(row));
  }
  std::sort(ids.begin(), ids.end());
  if (!ids.empty()) return ids;
  if (!ref.index) return std::vector{ref.job};  // all have ended; the server says what that means
  return fail(Code::not_found, fmt::format("array {} has no index {}", ref.job, *ref.index));
}

}  // namespace dure::cli
