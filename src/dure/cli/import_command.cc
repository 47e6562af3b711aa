#include "dure/cli/import_command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "dure/cli/time_text.h"
#include "dure/import/import_slurm.h"

namespace dure::cli {
namespace {

constexpr Duration longest_history = days(3660);  // sacct is asked for each day

Time day_of(Time time) { return {time.ns - time.ns % days(1).ns}; }

// `2026-01-31`
std::string day_text(Time day) { return to_text(day).substr(0, 10); }

// The beginning of a day such as `2026-01-31`, or of that which was so long ago.
Result<Time> read_day(std::string_view option, const std::string& text) {
  if (const auto ago = parse_duration(text)) return day_of(now_by_clock() - *ago);
  if (const auto day = parse_time(text + "T00:00:00Z")) return *day;
  return fail(
      Code::invalid_argument,
      fmt::format("{}: found '{}'; write a day such as 2026-01-31, or how long ago, such as 90d", option, text));
}

Result<importing::HistorySpan> read_span(const ImportArguments& arguments) {
  const auto begin = read_day("--since", arguments.since.empty() ? "365d" : arguments.since);
  if (!begin) return tl::unexpected<Error>(begin.error());
  const auto end =
      arguments.until.empty() ? Result<Time>(day_of(now_by_clock()) + days(1)) : read_day("--until", arguments.until);
  if (!end) return tl::unexpected<Error>(end.error());
  if (*end - *begin > longest_history) {
    return fail(Code::invalid_argument, fmt::format("--since: found {}, more than {} before {}; write a later day",
                                                    day_text(*begin), to_text(longest_history), day_text(*end)));
  }
  if (*begin < *end) return importing::HistorySpan{.begin = *begin, .end = *end};
  return fail(Code::invalid_argument,
              fmt::format("--since: found {}, which is not before {}; write an earlier day, or a later --until",
                          day_text(*begin), day_text(*end)));
}

Result<importing::ImportReport> import_from(const ImportArguments& arguments, const importing::HistorySpan& span,
                                            const Console& console) {
  importing::ImportOptions options{.out = arguments.out, .slurm_config = {}};
  if (!arguments.folder.empty()) options.folder = arguments.folder;
  if (!arguments.from.empty()) {
    importing::SlurmFiles files(arguments.from);
    return importing::import_slurm(files, options);
  }
  if (const char* config = std::getenv("SLURM_CONF"); config != nullptr) options.slurm_config = config;
  const auto progress = [&](Time day) {
    if (console.is_terminal) fmt::print(console.err, "\rsacct of {} ", day_text(day));
  };
  importing::SlurmCommands commands(options.slurm_config, span, progress);
  auto report = importing::import_slurm(commands, options);
  if (console.is_terminal) fmt::print(console.err, "\r\x1b[K");
  return report;
}

}  // namespace

Result<int> import_slurm(const ImportArguments& arguments, const Console& console) {
  const auto span = read_span(arguments);
  if (!span) return tl::unexpected<Error>(span.error());
  if (arguments.prints_script) {
    console.print(importing::take_script(*span));
    return 0;
  }
  if (arguments.out.empty()) return fail(Code::invalid_argument, "--out is missing; name a folder to write into");
  const auto report = import_from(arguments, *span, console);
  if (!report) return tl::unexpected<Error>(report.error());
  console.print(printable(importing::to_text(*report), Lines::many));
  console.print_line("written, in " + arguments.out);
  for (const std::string& file : report->files) console.print_line("  " + file);
  return 0;
}

}  // namespace dure::cli
