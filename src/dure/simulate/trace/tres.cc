#include "dure/simulate/trace/tres.h"

#include <algorithm>

#include "dure/simulate/trace/notation.h"

namespace dure::simulate {
namespace {

constexpr std::string_view gpu_of_model = "gres/gpu:";

// Assigns if there is a value; says whether there was.
bool assign(std::int64_t& target, std::optional<std::int64_t> value) {
  target = value.value_or(0);
  return value.has_value();
}

}  // namespace

std::optional<Tres> read_tres(std::string_view text) {
  Tres tres;
  std::int64_t of_models = 0;
  std::size_t models = 0;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    const std::string_view key = item.substr(0, equals);
    const std::string_view value = item.substr(equals + 1);
    std::int64_t of_this = 0;
    if (key == "cpu" && !assign(tres.cpus, read_cpus(value))) return std::nullopt;
    if (key == "node" && !assign(tres.nodes, read_cpus(value))) return std::nullopt;
    if (key == "mem" && !assign(tres.memory_mib, read_memory_mib(value))) return std::nullopt;
    if (key == "gres/gpu" && !assign(tres.gpus, read_cpus(value))) return std::nullopt;
    if (key.starts_with(gpu_of_model) && !assign(of_this, read_cpus(value))) return std::nullopt;
    if (of_this > 0) tres.gpu_model = ++models == 1 ? key.substr(gpu_of_model.size()) : std::string_view{};
    of_models += of_this;  // At most 1e9 each, in a line of at most a mebibyte.
  }
  if (tres.gpus == 0) tres.gpus = of_models;
  return tres;
}

}  // namespace dure::simulate
