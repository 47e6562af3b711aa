#include "dure/spec/job_text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

struct Signal {
  std::string_view name;
  std::string_view number;
};
constexpr std::array<Signal, 7> signals{
    {{"USR1", "10"}, {"USR2", "12"}, {"TERM", "15"}, {"INT", "2"}, {"HUP", "1"}, {"QUIT", "3"}, {"CONT", "18"}}};

std::optional<Launch> read_launch(const Node& node) {
  static const auto read =
      one_of<Launch>({{"per_task", Launch::per_task}, {"once", Launch::once}, {"terminal", Launch::terminal}});
  return read(node);
}

bool is_without_nul(const Node& node) {
  return node.is(Kind::scalar) && node.value().text.find('\0') == std::string::npos;
}

bool refuse_size(const Node& node, std::size_t bytes, std::size_t most) {
  if (bytes <= most) return false;
  node.refuse(fmt::format("found {} bytes", bytes), fmt::format("write at most {}", most));
  return true;
}

std::optional<std::string> read_script(const Node& node) {
  if (node.is(Kind::scalar) && !is_without_nul(node)) {
    node.refuse("found a NUL character", "write the commands to run as plain text");
    return std::nullopt;
  }
  if (!node.is(Kind::scalar) || node.value().text.find_first_not_of(" \t\r\n") == std::string::npos) {
    node.want("the commands to run");
    return std::nullopt;
  }
  if (refuse_size(node, node.value().text.size(), most_script_bytes)) return std::nullopt;
  return node.value().text;
}

std::optional<std::string> read_argument(const Node& node) {
  if (!is_without_nul(node)) {
    node.want("text without NUL characters");
    return std::nullopt;
  }
  if (refuse_size(node, node.value().text.size(), most_argument_bytes)) return std::nullopt;
  return node.value().text;
}

std::optional<Variable> read_variable(const Node& mapping, const Entry& entry) {
  if (!is_variable_name(entry.key)) {
    mapping.refuse_key(entry, fmt::format("found the variable {}", quote(entry.key)),
                       "name it with letters, digits and '_', beginning with no digit");
    return std::nullopt;
  }
  const Node node = mapping.at(entry);
  if (!is_without_nul(node)) {
    node.want("text without NUL characters, '' for none");
    return std::nullopt;
  }
  const std::string& value = node.value().text;
  if (refuse_size(node, entry.key.size() + 1 + value.size(), most_argument_bytes)) return std::nullopt;
  return Variable{.name = entry.key, .value = value};
}

std::optional<std::vector<Variable>> read_environment(const Node& node) {
  if (!node.is(Kind::mapping)) {
    node.want("a mapping such as {EPOCHS: 90, MODE: train}");
    return std::nullopt;
  }
  std::vector<Variable> variables;
  variables.reserve(node.value().entries.size());
  for (const Entry& entry : node.value().entries) {
    if (auto variable = read_variable(node, entry)) variables.push_back(*std::move(variable));
  }
  std::sort(variables.begin(), variables.end());
  return variables;
}

std::optional<std::string> read_directory(const Node& node) {
  const bool is_path = node.is(Kind::scalar) && node.value().text.starts_with('/') &&
                       node.value().text.size() <= longest_path && is_plain_line(node.value().text);
  if (is_path) return node.value().text;
  node.want("an absolute path such as /data/run, of at most 4095 bytes");
  return std::nullopt;
}

std::optional<std::string> read_file_name(const Node& node) {
  if (!node.is(Kind::scalar)) {
    node.want("a file name such as run-%j.out");
    return std::nullopt;
  }
  if (const auto refusal = refuse_file_name(node.value().text)) {
    node.refuse(refusal->found, refusal->remedy);
    return std::nullopt;
  }
  return node.value().text;
}

std::optional<EarlySignal> read_early_signal(const Node& node) {
  return read_mapping<EarlySignal>(node, "a mapping such as {signal: USR1, before: 5m}",
                                   [](Fields& in, EarlySignal& early) {
                                     in.need("signal", early.signal, read_signal);
                                     in.need("before", early.before, read_positive_duration);
                                     in.take("script_alone", early.script_alone, read_boolean);
                                   });
}

void refuse_large_invocation(const Node& job, const JobText& text) {
  std::size_t bytes = 0;
  for (const std::string& argument : text.arguments) bytes += argument.size() + 1;
  for (const Variable& variable : text.environment) bytes += variable.name.size() + variable.value.size() + 2;
  if (bytes <= most_invocation_bytes) return;
  job.refuse(fmt::format("found {} bytes of arguments and environment", bytes),
             fmt::format("keep them within {}", most_invocation_bytes));
}

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

}  // namespace

void read_run(Fields& in, JobText& text) {
  in.take("launch", text.launch, read_launch);
  in.need("script", text.script, read_script);
  static const auto read_arguments = list_of(read_argument, "a list of arguments such as [train.py, --fast]");
  in.take("arguments", text.arguments, read_arguments);
  in.take("environment", text.environment, read_environment);
  in.take("directory", text.directory, read_directory);
  in.take("output", text.output, read_file_name);
  in.take("error", text.error, read_file_name);
  in.take("append", text.appends, read_boolean);
  EarlySignal early;
  if (in.take("early_signal", early, read_early_signal)) text.early_signal = std::move(early);
  refuse_large_invocation(in.node(), text);
}

std::optional<std::string> read_signal(const Node& node) {
  if (node.is(Kind::scalar)) {
    for (const Signal& signal : signals) {
      if (signal.name == node.value().text) return node.value().text;
    }
  }
  std::vector<std::string_view> names;
  for (const Signal& signal : signals) names.push_back(signal.name);
  node.want(alternatives(names));
  return std::nullopt;
}

std::optional<std::string_view> find_signal(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (const Signal& signal : signals) {
    if (text == signal.name || text == signal.number) return signal.name;
  }
  return std::nullopt;
}

bool is_variable_name(std::string_view text) {
  constexpr std::string_view function = "BASH_FUNC_";
  if (text.empty() || text.size() > longest_name) return false;
  if (text.starts_with(function) && text.size() > function.size() + 2 && text.ends_with("%%")) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127 && c != '='; });
  }
  return is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::optional<Refusal> refuse_file_name(std::string_view text) {
  constexpr std::string_view known = "jAaxt%";
  if (text.empty() || text.size() > longest_path || !is_plain_line(text)) {
    return Refusal{.found = "found " + quote(text), .remedy = "write a file name such as run-%j.out"};
  }
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 2)) {
    if (i + 1 < text.size() && known.find(text[i + 1]) != std::string_view::npos) continue;
    return Refusal{.found = "found " + quote(text.substr(i, 2)),
                   .remedy = "write %j (job), %A (array), %a (index), %x (name), %t (task) or %% for a per cent sign"};
  }
  return std::nullopt;
}

}  // namespace dure::spec
