#include "dure/engine/slurm/decision.h"

#include "dure/engine/local/record.h"

namespace dure::engine {
namespace {

std::string prefix_of(std::string_view server) { return "dure:" + std::string(server) + ':'; }

}  // namespace

std::string to_text(const Decision& decision) {
  return to_text(decision.id) + '@' + std::to_string(decision.ordered.ns);
}

std::optional<Decision> decision_of(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto id = attempt_of(text.substr(0, at));
  const auto ordered = parse_integer(text.substr(at + 1));
  if (!id || !ordered) return std::nullopt;
  return Decision{*id, Time{*ordered}};
}

std::string comment_of(std::string_view server, const Decision& decision) {
  return prefix_of(server) + to_text(decision);
}

std::optional<Decision> decision_of_comment(std::string_view server, std::string_view comment) {
  const std::string prefix = prefix_of(server);
  if (!comment.starts_with(prefix)) return std::nullopt;
  return decision_of(comment.substr(prefix.size()));
}

}  // namespace dure::engine
