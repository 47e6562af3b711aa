#include "dure/engine/slurm/node_watch.h"

#include <fmt/format.h>

#include <utility>

namespace dure::engine {
namespace {

constexpr std::string_view our_reason = "dure: ";  // begins what we say of nodes that we drain

}  // namespace

void NodeWatch::drain(std::string node, std::string reason) { marks_[std::move(node)] = std::move(reason); }

void NodeWatch::resume(std::string node) { marks_[std::move(node)].clear(); }

void NodeWatch::note_jobs(const std::vector<SlurmJob>& jobs, const std::function<bool(const SlurmJob&)>& is_ours) {
  others_.clear();
  for (const SlurmJob& job : jobs) {
    if (job.state != SlurmState::running || is_ours(job)) continue;
    for (const std::string& node : job.nodes) others_.emplace(node, fmt::format("job {} of {}", job.id, job.user));
  }
}

Result<void> NodeWatch::list(SlurmLink& link) {
  auto nodes = link.nodes();
  if (!nodes) return tl::unexpected(nodes.error());
  SiteNews news;
  ours_.clear();
  for (SlurmNode& node : *nodes) {
    SiteNode told{.name = std::move(node.name), .is_down = node.is_down, .why = std::move(node.why)};
    // Our own drains are known here already.
    if (told.why.starts_with(our_reason)) ours_.insert(told.name);
    if (!told.is_down && told.why.starts_with(our_reason)) told.why.clear();
    if (const auto other = others_.find(told.name); other != others_.end() && told.why.empty()) {
      told.why = other->second + " runs there";
    }
    news.nodes.push_back(std::move(told));
  }
  tell(std::move(news));
  return {};
}

std::vector<Error> NodeWatch::mark(SlurmLink& link) {
  std::vector<Error> errors;
  for (auto mark = marks_.begin(); mark != marks_.end();) {
    const auto& [node, reason] = *mark;
    if (reason.empty() && !ours_.contains(node)) {
      // Nothing that this server has said of it is to be taken back there.
      mark = marks_.erase(mark);
      continue;
    }
    auto marked = reason.empty() ? link.resume(node) : link.drain(node, std::string(our_reason) + reason);
    if (!marked) {
      errors.push_back(marked.error());
      if (marked.error().code == Code::unavailable) return errors;
    }
    if (!reason.empty()) ours_.insert(node);
    mark = marks_.erase(mark);
  }
  return errors;
}

void NodeWatch::tell(SiteNews news) {
  std::string text = news.away;
  for (const SiteNode& node : news.nodes) text += fmt::format("\n{} {} {}", node.name, node.is_down, node.why);
  if (text == told_) return;
  told_ = std::move(text);
  on_news_(std::move(news));
}

}  // namespace dure::engine
