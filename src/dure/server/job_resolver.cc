#include "dure/server/job_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace dure::server {

Result<void> JobResolver::resolve(spec::JobFile& file, UserId by) const {
  auto resolved = resolve_dependencies(file, by);
  return resolved ? resolve_window(file) : resolved;
}

// Jobs that have ended are no longer in the state: what they would have been waited for is known. The first of an array
// stands for all of it.
Result<std::optional<Dependency>> JobResolver::left_of(const Dependency& on) const {
  if (state_.arrays().contains(on.job)) return Dependency{of_array(on.kind), on.job};
  if (state_.jobs().find(on.job) != nullptr || on.job >= next_) return on;
  const auto ended = archive_.ended(on.job);
  if (!ended) return tl::unexpected(ended.error());
  if (!*ended) return fail(Code::not_found, fmt::format("after: there is no job {}", on.job.value));
  if (on.kind == After::any) return std::nullopt;
  const bool is_array = (*ended)->array && (*ended)->array->array == on.job;
  const auto completed =
      is_array ? archive_.all_completed(on.job) : Result<bool>{(*ended)->outcome == Outcome::completed};
  if (!completed) return tl::unexpected(completed.error());
  if (is_met(on.kind, *completed)) return std::nullopt;
  if (is_array) {
    return fail(Code::invalid_argument,
                fmt::format("after: array {} has ended, and {} of it completed; the job could never start",
                            on.job.value, *completed ? "all" : "not all"));
  }
  return fail(Code::invalid_argument, fmt::format("after: job {} has ended as {}; the job could never start",
                                                  on.job.value, to_text((*ended)->outcome)));
}

Result<void> JobResolver::resolve_dependencies(spec::JobFile& file, UserId by) const {
  constexpr std::size_t most_followed = 1000;
  std::vector<Dependency> left;
  for (const Dependency& on : file.job.after) {
    const auto rest = left_of(on);
    if (!rest) return tl::unexpected(rest.error());
    if (*rest) left.push_back(**rest);
  }
  if (file.is_singleton) {
    for (const NamedJobs* names : names_) {
      const auto found = names->find(by, file.job.tenant, file.job.name, most_followed + 1);
      left.insert(left.end(), found.begin(), found.end());
    }
  }
  std::sort(left.begin(), left.end());
  left.erase(
      std::unique(left.begin(), left.end(), [](const Dependency& a, const Dependency& b) { return a.job == b.job; }),
      left.end());
  if (left.size() > most_followed) {
    return fail(
        Code::invalid_argument,
        fmt::format("singleton: at most {} jobs can be waited for, and more of the name {} have not ended; cancel "
                    "some, or choose another name",
                    most_followed, file.job.name));
  }
  file.job.after = std::move(left);
  return {};
}

// To whoever may not name it, it is as if it was not there.
Result<void> JobResolver::resolve_window(spec::JobFile& file) const {
  if (file.window.empty()) return {};
  const Window* window = state_.find_window(file.window);
  const bool is_theirs =
      window != nullptr && (!window->tenant || state_.tenants().is_within(file.job.tenant, *window->tenant));
  if (!is_theirs) {
    return fail(Code::not_found,
                fmt::format("window: there is no window {} for jobs of tenant {}; dure window list has "
                            "those that there are",
                            file.window, file.tenant));
  }
  file.job.shape.window = window->id;
  return {};
}

}  // namespace dure::server
