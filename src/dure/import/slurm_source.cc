#include "dure/import/slurm_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "dure/engine/slurm/program.h"
#include "dure/import/history_import.h"
#include "dure/import/slurm_account.h"

namespace dure::importing {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t text_bytes_most = std::int64_t{1} << 30;
constexpr Duration answer_most = minutes(10);

struct Output {
  SlurmOutput output;
  std::string_view file;
  std::string command;  // words with blanks between them
  bool is_needed;
};

const std::array<Output, 8>& outputs() {
  static const std::array<Output, 8> all{{
      {SlurmOutput::config, "config.txt", "scontrol show config", true},
      {SlurmOutput::nodes, "nodes.txt", "scontrol -a show node -o", true},
      {SlurmOutput::partitions, "partitions.txt", "scontrol -a show partition -o", true},
      {SlurmOutput::topology, "topology.txt", "scontrol show topology", false},
      {SlurmOutput::accounts, "accounts.txt", fmt::format("sacctmgr -P show assoc format={}", account_format), false},
      {SlurmOutput::qos, "qos.txt", "sacctmgr -P show qos", false},
      {SlurmOutput::reservations, "reservations.txt", "scontrol -a show reservation -o", false},
      {SlurmOutput::licenses, "licenses.txt", "scontrol show license -o", false},
  }};
  return all;
}

const Output& of(SlurmOutput output) { return outputs()[static_cast<std::size_t>(output)]; }

constexpr std::string_view history_file = "jobs.txt";
constexpr std::array<std::string_view, 4> archive_ends{"", ".gz", ".xz", ".zst"};

Result<std::string> whole_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || size > static_cast<std::uintmax_t>(text_bytes_most)) {
    return fail(Code::invalid_argument,
                fmt::format("{}: {}; write the output again", path.string(), error ? error.message() : "above 1 GiB"));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.bad() && file.is_open()) return text;
  return fail(Code::invalid_argument, fmt::format("{}: cannot be read; look at its permissions", path.string()));
}

std::vector<std::string> words_of(std::string_view command) {
  std::vector<std::string> words;
  while (!command.empty()) {
    const std::size_t size = std::min(command.find(' '), command.size());
    words.emplace_back(command.substr(0, size));
    command.remove_prefix(std::min(size + 1, command.size()));
  }
  return words;
}

// `2026-01-31T00:00:00`: without the zone, which sacct does not know.
std::string slurm_time(Time time) { return to_text(time).substr(0, 19); }

// The column's number, or as many as there are.
std::size_t column_of(std::string_view header, std::string_view name) {
  std::size_t at = 0;
  while (!header.empty()) {
    const std::string_view field = header.substr(0, header.find('|'));
    if (field == name) return at;
    header.remove_prefix(std::min(field.size() + 1, header.size()));
    ++at;
  }
  return at;
}

std::string_view field_of(std::string_view row, std::size_t column) {
  for (; column > 0; --column) {
    const std::size_t bar = row.find('|');
    if (bar == std::string_view::npos) return {};
    row.remove_prefix(bar + 1);
  }
  return row.substr(0, row.find('|'));
}

bool is_date(std::string_view text) { return !text.empty() && text.front() >= '0' && text.front() <= '9'; }

}  // namespace

Result<SlurmAnswer> SlurmFiles::read(SlurmOutput output) {
  const Output& wanted = of(output);
  fs::path path = folder_ / wanted.file;
  std::error_code ignored;
  if (output == SlurmOutput::topology && !fs::exists(path, ignored)) path = folder_ / "topology.conf";
  if (!fs::exists(path, ignored)) {
    if (!wanted.is_needed) return SlurmAnswer();
    return fail(Code::not_found, fmt::format("{}: there is no such file; write there what `{}` prints (all of them: "
                                             "dure import slurm --script)",
                                             path.string(), wanted.command));
  }
  return whole_file(path).map([&](std::string text) {
    return SlurmAnswer{.text = SlurmText{.name = path.string(), .text = std::move(text)}, .why_not = {}};
  });
}

Result<bool> SlurmFiles::read_history(const Take& take) {
  for (const std::string_view end : archive_ends) {
    const fs::path path = folder_ / (std::string(history_file) + std::string(end));
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    return simulate::TextSource::open(path.string()).and_then(take).map([] { return true; });
  }
  return false;
}

SlurmCommands::SlurmCommands(const std::string& config, HistorySpan span, std::function<void(Time)> progress)
    : span_(span), progress_(std::move(progress)), environment_(engine::program_environment()) {
  std::erase_if(environment_, [](const Variable& v) { return v.name == "TZ" || v.name == "SLURM_TIME_FORMAT"; });
  environment_.push_back({"TZ", "UTC"});
  if (!config.empty()) environment_.push_back({"SLURM_CONF", config});
}

Result<SlurmAnswer> SlurmCommands::read(SlurmOutput output) {
  const Output& wanted = of(output);
  auto end = engine::run_program(words_of(wanted.command), environment_, answer_most);
  if (!end) {
    return fail(end.error().code, end.error().message +
                                      "; run this where Slurm's commands are, or take files there: "
                                      "dure import slurm --script");
  }
  const std::string quoted = "`" + wanted.command + "`";
  if (end->exit_code == 0) {
    return SlurmAnswer{.text = SlurmText{.name = quoted, .text = std::move(end->output)}, .why_not = {}};
  }
  const std::string& said = end->error.empty() ? end->output : end->error;
  std::string why_not = fmt::format("{} failed: {}", quoted, said.substr(0, said.find('\n')));
  if (wanted.is_needed) return fail(Code::unavailable, std::move(why_not));
  return SlurmAnswer{.text = std::nullopt, .why_not = std::move(why_not)};
}

Result<bool> SlurmCommands::read_history(const Take& take) {
  for (Time day = span_.begin; day < span_.end; day = day + days(1)) {
    progress_(day);
    const HistorySpan span{.begin = day, .end = day + days(1)};
    const std::vector<std::string> command{"sacct",
                                           "-aXP",
                                           "-S",
                                           slurm_time(span.begin),
                                           "-E",
                                           slurm_time(span.end),
                                           fmt::format("--format={}", history_format)};
    const auto end = engine::run_program(command, environment_, answer_most);
    if (!end) return tl::unexpected<Error>(end.error());
    if (end->exit_code != 0) {
      return fail(Code::unavailable,
                  fmt::format("`{}` failed: {}", fmt::join(command, " "), end->error.substr(0, end->error.find('\n'))));
    }
    const bool is_last = span.end == span_.end;
    const std::string table = ending_within(end->output, span, is_last ? Unended::kept : Unended::left_out);
    auto taken = simulate::TextSource::from_bytes("sacct of " + to_text(day).substr(0, 10), table).and_then(take);
    if (!taken) return tl::unexpected<Error>(std::move(taken.error()));
  }
  return true;
}

std::string ending_within(std::string_view table, HistorySpan span, Unended unended) {
  const std::string begin = slurm_time(span.begin);
  const std::string end = slurm_time(span.end);
  std::string kept;
  std::size_t column = 0;
  for (bool is_header = true; !table.empty(); is_header = false) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    if (is_header) column = column_of(line, "End");
    const std::string_view ended = field_of(line, column);
    const bool is_kept =
        ended == "Unknown" ? unended == Unended::kept : !is_date(ended) || (ended >= begin && ended < end);
    if (is_header || is_kept) kept.append(line).append("\n");
  }
  return kept;
}

std::string take_script(HistorySpan span) {
  std::string script =
      "#!/bin/sh\n"
      "# Writes what `dure import slurm --from DIR` reads, and changes nothing in Slurm. Run it where Slurm's commands "
      "work,\n"
      "# as root or SlurmUser, so that all jobs and accounts are seen: sh take.sh DIR\n"
      "set -eu\n"
      "mkdir -p -- \"$1\"\n"
      "cd -- \"$1\"\n";
  for (const Output& output : outputs()) {
    script += fmt::format("{} > {}{}\n", output.command, output.file,
                          output.is_needed ? "" : fmt::format(" || rm {}", output.file));
  }
  script += fmt::format(
      "# What ended each day, and at last what has not ended.\n"
      "export TZ=UTC\n"
      "unset SLURM_TIME_FORMAT\n"
      "rm -f jobs.txt.gz jobs.part.gz\n"
      "first={0}\n"
      "day=$first\n"
      "until={1}\n"
      "while [ \"$day\" != \"$until\" ]; do\n"
      "  next=$(date -d \"$day + 1 day\" +%F)\n"
      "  sacct -aXP -S \"$day\" -E \"$next\" \\\n"
      "    --format={2} > day.txt\n"
      "  awk -F'|' -v day=\"$day\" -v next_day=\"$next\" -v until=\"$until\" -v first=\"$first\" \\\n"
      "    'NR == 1 {{ if (day == first) print; next }}\n"
      "    ($4 >= day && $4 < next_day) || ($4 == \"Unknown\" ? next_day == until : $4 !~ /^[0-9]/)' day.txt |\n"
      "    gzip >> jobs.part.gz\n"
      "  day=$next\n"
      "done\n"
      "rm day.txt\n"
      "mv jobs.part.gz jobs.txt.gz\n",
      slurm_time(span.begin).substr(0, 10), slurm_time(span.end).substr(0, 10), history_format);
  return script;
}

}  // namespace dure::importing
