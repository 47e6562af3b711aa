// The nodes of a site: what Slurm says of them, and what operators here have said.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

// What a site says of its nodes.
struct SiteNode {
  std::string name;
  bool is_down = false;
  std::string why;  // it takes no new work; empty of one that does
};
struct SiteNews {
  std::string away;             // why the whole site takes no new work; then `nodes` is empty
  std::vector<SiteNode> nodes;  // all that Slurm knows
};

// For one thread.
class NodeWatch {
 public:
  // Called each time something has changed.
  explicit NodeWatch(std::function<void(SiteNews)> on_news) : on_news_(std::move(on_news)) {}

  void drain(std::string node, std::string reason);
  void resume(std::string node);

  // Which nodes others use, as of this list: those of jobs of which `is_ours` is false. O(jobs x nodes).
  void note_jobs(const std::vector<SlurmJob>& jobs, const std::function<bool(const SlurmJob&)>& is_ours);
  // Asks Slurm, and tells of it.
  Result<void> list(SlurmLink& link);
  // Tells Slurm what operators have said. Each error is of one node that it refused, but the last, Code::unavailable.
  std::vector<Error> mark(SlurmLink& link);
  // The whole site takes no new work.
  void tell_away(const std::string& why) { tell({.away = why, .nodes = {}}); }

 private:
  void tell(SiteNews news);

  std::function<void(SiteNews)> on_news_;
  std::map<std::string, std::string> marks_;   // to be drained (with the reason) or resumed (empty) in Slurm
  std::set<std::string> ours_;                 // that are drained in Slurm by this server
  std::map<std::string, std::string> others_;  // on which other jobs run, with one of those
  std::string told_;                           // the last, to tell what has changed
};

}  // namespace dure::engine
