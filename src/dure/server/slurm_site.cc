#include "dure/server/slurm_site.h"

#include <fmt/format.h>

#include "dure/engine/local/reach.h"
#include "dure/engine/slurm/command_link.h"

namespace dure::server {

Result<std::unique_ptr<SlurmSite>> SlurmSite::open(const SlurmConfig& config, const std::string& word,
                                                   engine::SlurmHearers hearers) {
  auto shelf = engine::Shelf::open(config.folder.string(), word);
  if (!shelf) {
    return fail(shelf.error().code, fmt::format("site {}: {}", config.site, shelf.error().message));
  }
  // Two sites may be partitions of one cluster.
  engine::SlurmOptions options{.server = word + '.' + config.site, .partition = config.partition, .qos = config.qos};
  const bool by_rest = !config.rest.socket.empty() || !config.rest.url.empty();
  std::unique_ptr<engine::SlurmLink> link;
  if (by_rest) {
    engine::RestOptions rest = config.rest;
    rest.config = config.config;
    link = std::make_unique<engine::RestLink>(std::move(rest));
  } else {
    link = std::make_unique<engine::CommandLink>(config.config);
  }
  engine::SlurmEngine engine(std::move(link), *shelf, std::move(options), std::move(hearers));
  return std::unique_ptr<SlurmSite>(new SlurmSite(config, *std::move(shelf), std::move(engine)));
}

void SlurmSite::recover(const State& state, Sites& sites) {
  std::vector<engine::Expected> expected;
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (!job.holds_devices()) continue;
    const Fleet& fleet = state.fleet();
    if (fleet.sites()[fleet.pool(job.pool).site.index()].name != config_.site) continue;
    const bool has_started = job.started >= job.ordered;
    const auto with_text = has_started ? Sites::WithText::no : Sites::WithText::yes;
    engine::Expected attempt{.attempt = sites.attempt_of(state, job, with_text)};
    if (has_started) attempt.started = job.started;
    if (job.stop_ordered) attempt.stop = sites.stop_order_of(job, *job.stop_ordered);
    expected.push_back(std::move(attempt));
  }
  engine_.begin(std::move(expected));
}

std::string SlurmSite::output_path_of(const JobText& text, const engine::OutputName& name,
                                      engine::Stream stream) const {
  return engine::output_path(text, name, stream, shelf_.home_of(name.id.job));
}

Result<engine::Fd> SlurmSite::open_log(JobId job, const engine::Owner&, const std::string& path) const {
  return engine::open_within(path, {.closed = shelf_.folder(), .home = shelf_.home_of(job)});
}

}  // namespace dure::server
