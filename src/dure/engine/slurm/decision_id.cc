#include "dure/engine/slurm/decision_id.h"

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

std::string prefix_of(std::string_view server) { return "dure:" + std::string(server) + ':'; }

}  // namespace

std::string to_text(const DecisionId& decision) {
  return to_text(decision.attempt) + '@' + std::to_string(decision.ordered.ns);
}

std::optional<DecisionId> decision_of(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto id = attempt_of(text.substr(0, at));
  const auto ordered = parse_integer(text.substr(at + 1));
  if (!id || !ordered) return std::nullopt;
  return DecisionId{*id, Time{*ordered}};
}

std::string comment_of(std::string_view server, const DecisionId& decision) {
  return prefix_of(server) + to_text(decision);
}

std::optional<DecisionId> decision_of_comment(std::string_view server, std::string_view comment) {
  const std::string prefix = prefix_of(server);
  if (!comment.starts_with(prefix)) return std::nullopt;
  return decision_of(comment.substr(prefix.size()));
}

}  // namespace dure::engine
