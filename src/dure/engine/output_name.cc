#include "dure/engine/output_name.h"

#include <algorithm>

namespace dure::engine {
namespace {

// A name is one file: it must not lead into other folders.
std::string as_file_name(std::string text) {
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::string task_text(const OutputName& name) {
  return name.any_task.empty() ? std::to_string(name.task) : name.any_task;
}

// What stands for %LETTER; nothing if the letter means nothing.
std::optional<std::string> meaning(char letter, const OutputName& name) {
  switch (letter) {
    case '%': return "%";
    case 'j': return std::to_string(name.id.job.value);
    case 'A': return std::to_string(name.element ? name.element->array.value : name.id.job.value);
    case 'a': return std::to_string(name.element ? name.element->index : 0);
    case 'x': return as_file_name(name.job);
    case 't': return task_text(name);
    default: return std::nullopt;
  }
}

std::string expanded(const std::string& pattern, const OutputName& name) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_letter = pattern[i] == '%' && i + 1 < pattern.size();
    const auto text = is_letter ? meaning(pattern[i + 1], name) : std::nullopt;
    path += text ? *text : std::string(1, pattern[i]);
    if (text) ++i;
  }
  return path;
}

}  // namespace

std::string output_path(const JobText& text, const OutputName& name, Stream stream, const std::string& home) {
  const std::string& pattern = stream == Stream::error && !text.error.empty() ? text.error : text.output;
  if (pattern.empty()) {
    return home + "/restart" + std::to_string(name.id.restart) + "-task" + task_text(name) + ".out";
  }
  const std::string path = expanded(pattern, name);
  if (path.starts_with('/')) return path;
  return (text.directory.empty() ? home : text.directory) + '/' + path;
}

}  // namespace dure::engine
