#include "dure/server/slurm_site.h"

#include <fmt/format.h>
#include <unistd.h>

#include "dure/engine/account.h"
#include "dure/engine/guise.h"
#include "dure/engine/local/reach.h"
#include "dure/engine/slurm/command_link.h"

namespace dure::server {
namespace {

Result<engine::Account> account_of(const SlurmConfig& config, const engine::Owner& owner) {
  const engine::AccountGiver giver{.name = "site " + config.site, .server = ::geteuid()};
  auto account = engine::account_of(*config.accounts, owner, giver);
  if (!account) return tl::unexpected(account.error());
  if (!*account) {
    return fail(Code::not_permitted, fmt::format("{} has no account for jobs of {} in {}; add one to its `accounts`",
                                                 giver.name, owner.user, owner.tenant));
  }
  if ((*account)->name == std::to_string((*account)->uid)) {
    return fail(Code::not_permitted,
                fmt::format("uid {} has no name, and Slurm runs jobs of accounts with names alone; "
                            "make it an account here and on the nodes",
                            (*account)->uid));
  }
  return **std::move(account);
}

bool is_by_rest(const SlurmConfig& config) { return !config.rest.socket.empty() || !config.rest.url.empty(); }

// That jobs can be given accounts at all.
Result<void> check_accounts(const SlurmConfig& config, const engine::Shelf& shelf) {
  if (!config.accounts) return {};
  if (!is_by_rest(config) && ::geteuid() != 0) {
    return fail(Code::not_permitted,
                "only root may submit for other accounts by Slurm's commands; run the server as root, use slurmrestd "
                "with a token, or leave out `accounts`");
  }
  return shelf.open_to_accounts(config.accounts->uids.from);
}

}  // namespace

Result<std::unique_ptr<SlurmSite>> SlurmSite::open(const SlurmConfig& config, const std::string& word,
                                                   engine::SlurmHearers hearers) {
  auto shelf = engine::Shelf::open(config.folder.string(), word, config.site);
  if (!shelf) {
    return fail(shelf.error().code, fmt::format("site {}: {}", config.site, shelf.error().message));
  }
  if (auto checked = check_accounts(config, *shelf); !checked) {
    return fail(checked.error().code, fmt::format("site {}: {}", config.site, checked.error().message));
  }
  // Two sites may be partitions of one cluster.
  engine::SlurmOptions options{
      .server = word + '.' + config.site, .former = word, .partition = config.partition, .qos = config.qos};
  if (config.accounts) {
    options.account_of = [config](const engine::Owner& owner) { return account_of(config, owner); };
  }
  std::unique_ptr<engine::SlurmLink> link;
  if (is_by_rest(config)) {
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

Result<engine::Fd> SlurmSite::open_log(JobId job, const engine::Owner& owner, const std::string& path) const {
  if (config_.accounts) {
    const auto account = account_of(config_, owner);
    if (!account) return tl::unexpected(account.error());
    const engine::Guise guise(*account);
    if (!guise) return fail(Code::not_permitted, "the server may not read logs as " + account->name);
    return engine::open_regular(path);
  }
  return engine::open_within(path, {.closed = shelf_.folder(), .home = shelf_.home_of(job)});
}

}  // namespace dure::server
