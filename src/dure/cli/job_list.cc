#include "dure/cli/job_list.h"

#include <algorithm>

#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

constexpr std::size_t page_size = 1000;

std::string path_of(const char* path, const JobFilter& filter, std::size_t limit, const std::string& cursor) {
  return Path(path)
      .with("state", filter.states)
      .with("tenant", filter.tenant)
      .with("user", filter.user)
      .with("name", filter.name)
      .with("array", filter.array)
      .with("limit", std::to_string(limit))
      .with("cursor", cursor)
      .text();
}

}  // namespace

Result<JobList> list_jobs(Connection& connection, const JobFilter& filter, std::size_t most) {
  return list_jobs(connection, "/v1/jobs", filter, most);
}

Result<JobList> list_jobs(Connection& connection, const char* path, const JobFilter& filter, std::size_t most) {
  JobList list;
  std::string cursor;
  while (true) {
    const std::size_t limit = most == 0 ? page_size : std::min(page_size, most - list.rows.size());
    auto page = connection.get(path_of(path, filter, limit, cursor));
    if (!page) return tl::unexpected(page.error());
    const Answer& answer = page->answer;
    if (list.pages.empty()) {
      list.sequence = answer["sequence"].integer();
      list.now = answer["now"].time().value_or(now_by_clock());
    }
    for (Answer& row : answer["jobs"].items()) list.rows.push_back(std::move(row));
    const bool is_same_cursor = answer["next"].text() == cursor;
    cursor = answer["next"].text();
    list.pages.push_back(std::move(page->body));
    if (cursor.empty() || is_same_cursor) return list;
    if (most > 0 && list.rows.size() >= most) {
      list.has_more = true;
      return list;
    }
  }
}

}  // namespace dure::cli
