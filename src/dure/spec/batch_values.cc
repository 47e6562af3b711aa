#include "dure/spec/batch_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "dure/spec/job_array.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"
#include "dure/spec/value.h"

namespace dure::spec {
namespace {

tl::unexpected<Refusal> refuse_text(std::string_view text, std::string_view remedy) {
  return refuse("found " + quote(text), std::string(remedy));
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes the text before the next `separator` off the front; the rest is empty after the last.
std::string_view take_part(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

constexpr std::string_view gpu_form = "write a number of GPUs, such as 4 or h200:4";

// `4`, `h200:4` or `h200`.
Readable<GpuCount> parse_model_and_count(std::string_view text, std::string_view whole) {
  const std::size_t colon = text.rfind(':');
  const std::string_view last = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto count = parse_number<std::uint32_t>(last);
  GpuCount gpus{.count = count.value_or(1), .model = {}};
  if (count) {
    gpus.model = colon == std::string_view::npos ? "" : text.substr(0, colon);
  } else {
    gpus.model = text;
  }
  const bool has_empty_model = colon != std::string_view::npos && gpus.model.empty();
  const bool is_model = gpus.model.empty() || (is_name(gpus.model) && gpus.model.find(':') == std::string::npos);
  if (has_empty_model || !is_model || gpus.count > most_tasks_per_job) return refuse_text(whole, gpu_form);
  return gpus;
}

struct MemoryLetter {
  char letter;
  std::int64_t kib;
};
constexpr std::array<MemoryLetter, 4> memory_letters{
    {{'K', 1}, {'M', 1024}, {'G', 1024 * 1024}, {'T', 1024 * 1024 * 1024}}};

// The numbers of `a:b:c`; nullopt if one is none, or there are more than three.
std::optional<std::vector<std::int64_t>> parse_clock(std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (const std::string_view part : split(text, ':')) {
    const auto number = parse_number<std::uint32_t>(part);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.size() > 3) return std::nullopt;
  return numbers;
}

// After `days-` hours come first, without it minutes, unless there are three.
std::optional<Duration> duration_of(std::optional<std::int64_t> day_count, std::span<const std::int64_t> clock) {
  const bool begins_with_hours = day_count || clock.size() == 3;
  const std::array<std::int64_t, 3> units =
      begins_with_hours ? std::array<std::int64_t, 3>{3600, 60, 1} : std::array<std::int64_t, 3>{60, 1, 0};
  std::int64_t total = day_count.value_or(0) * 86'400;  // each at most 2^32
  for (std::size_t i = 0; i < clock.size(); ++i) total += clock[i] * units[i];
  if (total > longest_duration.whole_seconds()) return std::nullopt;
  return seconds(total);
}

struct Outcome {
  std::string_view word;
  After after;
};
constexpr std::array<Outcome, 3> outcomes{
    {{"afterok", After::ok}, {"afterany", After::any}, {"afternotok", After::not_ok}}};

constexpr std::string_view dependency_form =
    "write afterok:JOB, afterany:JOB, afternotok:JOB or singleton, joined by commas";

// `afterok:1:2`.
std::optional<Refusal> add_dependency(std::string_view text, BatchDependencies& into) {
  if (text == "singleton") {
    into.is_singleton = true;
    return std::nullopt;
  }
  std::string_view rest = text;
  const std::string_view word = take_part(rest, ':');
  const auto outcome =
      std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& each) { return each.word == word; });
  if (outcome == outcomes.end()) return Refusal{"found " + quote(text), std::string(dependency_form)};
  for (const std::string_view number : split(rest, ':')) {
    const auto job = parse_number<std::uint32_t>(number);
    if (!job) return Refusal{"found " + quote(text), "write whole job numbers after the colon"};
    into.after.push_back({.kind = outcome->after, .job = JobId{*job}});
  }
  return std::nullopt;
}

// Splits at the commas outside quotes, and drops the quotes.
std::vector<std::string> split_export(std::string_view text) {
  std::vector<std::string> parts(1);
  char quote = 0;
  for (const char c : text) {
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote && quote != 0) {
      quote = 0;
    } else if (c == ',' && quote == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

Readable<std::string> parse_job_name(std::string_view text) {
  if (is_name(text)) return std::string(text);
  return refuse_text(text, "write a name without spaces, '/' and control characters, of at most 128 bytes");
}

Readable<std::string> parse_tenant(std::string_view text) {
  if (is_path(text)) return std::string(text);
  return refuse_text(text, "write the path of a tenant, such as nipa/sovereign-fm");
}

Readable<std::vector<std::string>> parse_pools(std::string_view text) {
  std::vector<std::string> pools;
  for (const std::string_view pool : split(text, ',')) {
    if (!is_path(pool)) return refuse_text(text, "write pools joined by commas, such as sejong/h200,sejong/b200");
    pools.emplace_back(pool);
  }
  return pools;
}

Readable<std::uint32_t> parse_count(std::string_view text) {
  const auto count = parse_number<std::uint32_t>(text);
  if (count && *count >= 1 && *count <= most_tasks_per_job) return *count;
  return refuse_text(text, fmt::format("write a whole number from 1 to {}", most_tasks_per_job));
}

Readable<NodeCount> parse_nodes(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto min = parse_count(text.substr(0, dash));
  const auto max = dash == std::string_view::npos ? min : parse_count(text.substr(dash + 1));
  if (min && max && *min <= *max) return NodeCount{.min = *min, .max = *max};
  return refuse_text(text, "write a number of nodes such as 4, or from least to most such as 2-4");
}

Readable<GpuCount> parse_gpus(std::string_view text) {
  if (text.empty()) return refuse_text(text, gpu_form);
  return parse_model_and_count(text, text);
}

Readable<GpuCount> parse_gres(std::string_view text) {
  if (text == "none") return GpuCount{};
  std::string_view rest = text;
  const std::string_view kind = take_part(rest, ':');
  if (text.find(',') != std::string_view::npos || kind != "gpu" || (rest.empty() && text != kind)) {
    return refuse_text(text, "write gpu:NUMBER or gpu:MODEL:NUMBER; Dure knows nothing else of that kind");
  }
  if (rest.empty()) return GpuCount{.count = 1, .model = {}};
  return parse_model_and_count(rest, text);
}

Readable<std::int64_t> parse_memory_amount(std::string_view text) {
  constexpr std::int64_t most_mib = std::int64_t{1} << 40;
  std::string_view number = text;
  std::int64_t kib = 1024;
  for (const MemoryLetter& unit : memory_letters) {
    if (number.empty() || (number.back() & ~0x20) != unit.letter) continue;
    kib = unit.kib;
    number.remove_suffix(1);
    break;
  }
  const auto amount = parse_decimal(number, 0);
  if (amount && *amount == 0) {
    return refuse_text(text, "write how much the job needs, such as 64G");
  }
  if (!amount || *amount > most_mib * 1024 / kib) {
    return refuse_text(text, "write megabytes, or a number with K, M, G or T such as 64G");
  }
  return (*amount * kib + 1023) / 1024;
}

Readable<Duration> parse_slurm_time(std::string_view text) {
  constexpr std::string_view form = "write minutes, or a time such as 30:00, 12:00:00, 2-12 or 2-12:30:00";
  if (text == "0" || text == "-1" || text == "INFINITE" || text == "UNLIMITED" || text == "infinite" ||
      text == "unlimited") {
    return refuse_text(text, "write a time limit: every job has one; without -t it is the default of its pools");
  }
  std::string_view rest = text;
  std::optional<std::int64_t> day_count;
  if (text.find('-') != std::string_view::npos) {
    const auto number = parse_number<std::uint32_t>(take_part(rest, '-'));
    if (!number) return refuse_text(text, form);
    day_count = *number;
  }
  const auto clock = parse_clock(rest);
  if (!clock) return refuse_text(text, form);
  const auto duration = duration_of(day_count, *clock);
  if (!duration || duration->ns == 0) return refuse_text(text, "write a time above zero, at most a hundred years");
  return *duration;
}

Readable<std::string> check_array(std::string_view text) {
  const auto indices = parse_array(text);
  if (!indices) return tl::unexpected(indices.error());
  return std::string(text);
}

Readable<BatchDependencies> parse_dependencies(std::string_view text) {
  if (text.find('?') != std::string_view::npos) {
    return refuse_text(text, "join dependencies with commas: Dure waits for all of them, not for one of several");
  }
  BatchDependencies dependencies;
  for (const std::string_view part : split(text, ',')) {
    if (const auto refusal = add_dependency(part, dependencies)) return tl::unexpected(*refusal);
  }
  std::vector<Dependency>& after = dependencies.after;
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  const auto of_one_job = [](const Dependency& a, const Dependency& b) { return a.job == b.job; };
  if (std::adjacent_find(after.begin(), after.end(), of_one_job) != after.end()) {
    return refuse_text(text, "name each job once");
  }
  if (after.size() > most_dependencies) {
    return refuse(fmt::format("found {} jobs to wait for", after.size()),
                  fmt::format("write at most {}", most_dependencies));
  }
  return dependencies;
}

Readable<std::string> parse_file_name(std::string_view text) {
  if (const auto refusal = refuse_file_name(text)) return tl::unexpected(*refusal);
  return std::string(text);
}

Readable<std::string> parse_directory(std::string_view text) {
  if (!text.empty() && text.size() <= longest_path && text.find_first_of("\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  return refuse_text(text, "write the path of a folder");
}

Readable<EarlySignal> parse_early_signal(std::string_view text) {
  constexpr std::string_view form = "write a signal such as USR1@120 or B:USR1@120";
  EarlySignal early{.signal = {}, .before = seconds(60)};
  std::string_view rest = text;
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    if (rest.substr(0, colon) != "B") return refuse_text(text, form);
    early.script_alone = true;
    rest.remove_prefix(colon + 1);
  }
  const bool has_time = rest.find('@') != std::string_view::npos;
  const auto signal = find_signal(take_part(rest, '@'));
  if (!signal) {
    return refuse_text(text, "write one of the signals USR1, USR2, TERM, INT, HUP, QUIT and CONT, as in USR1@120");
  }
  early.signal = *signal;
  if (!has_time) return early;
  const auto before = parse_number<std::uint16_t>(rest);
  if (!before || *before == 0) return refuse_text(text, "write 1 to 65535 seconds after the @");
  early.before = seconds(*before);
  return early;
}

Readable<Export> parse_export(std::string_view text) {
  Export exported{.all = false, .names = {}};
  for (const std::string& part : split_export(text)) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    if (part == "ALL") {
      exported.all = true;
    } else if (part == "NONE" || part == "NIL") {
      if (text == part) return exported;
      return refuse_text(text, "write NONE alone");
    } else if (!is_variable_name(name)) {
      return refuse_text(text, "write ALL, NONE, or names with or without =value, joined by commas");
    } else if (equals == std::string::npos) {
      exported.names.push_back({.name = name, .value = std::nullopt});
    } else {
      exported.names.push_back({.name = name, .value = part.substr(equals + 1)});
    }
  }
  return exported;
}

Readable<std::int64_t> parse_nice(std::string_view text) {
  if (text.empty()) return 100;
  const auto nice = parse_number<std::int64_t>(text);
  if (nice && *nice >= -highest_priority && *nice <= highest_priority) return *nice;
  return refuse_text(text, fmt::format("write a whole number from {} to {}", -highest_priority, highest_priority));
}

Readable<std::int64_t> parse_priority(std::string_view text) {
  const auto priority = parse_number<std::int64_t>(text);
  if (priority && *priority >= -highest_priority && *priority <= highest_priority) return *priority;
  return refuse_text(text, fmt::format("write a whole number from {} to {}", -highest_priority, highest_priority));
}

}  // namespace dure::spec
