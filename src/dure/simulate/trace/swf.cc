// The Standard Workload Format of the Parallel Workloads Archive: 18 columns, -1 where a value is not known.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "dure/simulate/trace/cells.h"
#include "dure/simulate/trace/format.h"

namespace dure::simulate {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view unknown = "-1";

constexpr std::size_t column_count = 18;

// A column we read; numbered from 1, as in the format's definition.
struct SwfField {
  std::size_t number;
  std::string_view name;
};

constexpr SwfField job_number{1, "job number"};
constexpr SwfField submit_time{2, "submit time"};
constexpr SwfField run_time{4, "run time"};
constexpr SwfField allocated_processors{5, "allocated processors"};
constexpr SwfField requested_processors{8, "requested processors"};
constexpr SwfField requested_time{9, "requested time"};
constexpr SwfField user{12, "user"};

constexpr Notation<Duration> known_seconds{read_seconds,
                                           "write seconds, at most a hundred years, or -1 where it is not known"};
constexpr Notation<std::int64_t> known_processors{
    read_cpus, "write a whole number, at most 1000000000, or -1 where it is not known"};

// Returns N of `; MaxProcs: N`.
std::optional<std::int64_t> max_procs(std::string_view comment) {
  constexpr std::string_view key = "MaxProcs:";
  comment.remove_prefix(std::min(comment.find_first_not_of("; \t"), comment.size()));
  if (!comment.starts_with(key)) return std::nullopt;
  comment.remove_prefix(std::min(comment.find_first_not_of(blanks, key.size()), comment.size()));
  const auto processors = read_cpus(comment.substr(0, comment.find_first_of(blanks)));
  return processors > 0 ? processors : std::nullopt;
}

class Swf : public Format {
 public:
  Outcome read(std::string_view line, TraceRow& row) override;
  std::optional<std::int64_t> machine_processors() const override { return machine_processors_; }

 private:
  std::size_t split(std::string_view line);
  Cell cell(SwfField column) const { return {column.name, fields_[column.number - 1]}; }
  bool is_known(SwfField column) const { return fields_[column.number - 1] != unknown; }
  Duration duration(SwfField column);
  std::int64_t processors();

  Cells cells_;
  std::array<std::string_view, column_count> fields_;
  std::optional<std::int64_t> machine_processors_;
  std::string problem_;
};

Outcome Swf::read(std::string_view line, TraceRow& row) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  if (line.empty()) return {Verdict::nothing};
  if (line.front() == ';') {
    if (const auto processors = max_procs(line)) machine_processors_ = processors;
    return {Verdict::nothing};
  }
  if (const std::size_t count = split(line); count != column_count) {
    problem_ = fmt::format("the row has {} column{}; an SWF row has {}", count, count == 1 ? "" : "s", column_count);
    return {Verdict::malformed, problem_};
  }
  cells_.begin();
  row.id = cells_.name(cell(job_number));
  row.submit = Time{} + duration(submit_time);
  row.run_time = duration(run_time);
  row.cpus = processors();
  if (const Duration limit = duration(requested_time); limit > Duration{}) row.time_limit = limit;
  if (is_known(user)) row.user = "u" + cells_.name(cell(user));
  row.tenant = row.user;
  if (!cells_.problem().empty()) return {Verdict::malformed, cells_.problem()};
  if (!is_known(submit_time)) return {Verdict::rejected, "no submit time"};
  if (row.run_time <= Duration{}) return {Verdict::rejected, "no run time"};
  if (row.cpus <= 0) return {Verdict::rejected, "no processors"};
  return {Verdict::job};
}

// Fills fields_ as far as they go. Returns how many columns the line has.
std::size_t Swf::split(std::string_view line) {
  std::size_t count = 0;
  while (!line.empty()) {
    const std::size_t size = std::min(line.find_first_of(blanks), line.size());
    if (count < column_count) fields_[count] = line.substr(0, size);
    ++count;
    line.remove_prefix(std::min(line.find_first_not_of(blanks, size), line.size()));
  }
  return count;
}

Duration Swf::duration(SwfField column) {
  return is_known(column) ? cells_.read(known_seconds, cell(column)) : Duration{};
}

std::int64_t Swf::processors() {
  std::int64_t count = 0;
  for (const SwfField& column : {requested_processors, allocated_processors}) {
    if (count == 0 && is_known(column)) count = cells_.read(known_processors, cell(column));
  }
  return count;
}

}  // namespace

std::unique_ptr<Format> swf_format() { return std::make_unique<Swf>(); }

}  // namespace dure::simulate
