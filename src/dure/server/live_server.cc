#include "dure/server/live_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

#include "dure/api/secret.h"
#include "dure/base/assert.h"
#include "dure/core/state.h"
#include "dure/engine/local/launcher_starter.h"
#include "dure/engine/local/local_engine.h"
#include "dure/journal/snapshot.h"
#include "dure/journal/sqlite/shared_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "dure/server/api_server.h"
#include "dure/server/desk.h"
#include "dure/server/device_watch.h"
#include "dure/server/estate.h"
#include "dure/server/event_log.h"
#include "dure/server/fleet_match.h"
#include "dure/server/forecast_desk.h"
#include "dure/server/front_door.h"
#include "dure/server/history.h"
#include "dure/server/job_logs.h"
#include "dure/server/live_desk.h"
#include "dure/server/local_site.h"
#include "dure/server/log.h"
#include "dure/server/log_follower.h"
#include "dure/server/metrics.h"
#include "dure/server/named_jobs.h"
#include "dure/server/portal_files.h"
#include "dure/server/private_file.h"
#include "dure/server/publisher.h"
#include "dure/server/rehearsed_site.h"
#include "dure/server/server_word.h"
#include "dure/server/sessions.h"
#include "dure/server/sites.h"
#include "dure/server/slurm_site.h"
#include "dure/server/snapshot_maker.h"
#include "dure/server/token_book.h"
#include "dure/server/tools.h"
#include "dure/server/use_history.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

namespace fs = std::filesystem;

std::string account_name() {
  const passwd* account = ::getpwuid(::geteuid());
  return account != nullptr ? account->pw_name : std::to_string(::geteuid());
}

std::string machine_text(const engine::Machine& machine) {
  std::string text =
      fmt::format("{:g} CPUs, {} MiB", static_cast<double>(machine.cpu_milli) / 1000, machine.memory_mib);
  if (machine.devices.empty()) return text + ", no GPUs";
  return text + fmt::format(", {} x {}", machine.devices.size(), machine.devices.front().model);
}

std::string cluster_text(const SlurmConfig& cluster) {
  const engine::RestOptions& rest = cluster.rest;
  const std::string way = !rest.socket.empty() ? rest.socket : !rest.url.empty() ? rest.url : "commands";
  return fmt::format("{}: Slurm by {}, partition {}, folder {}", cluster.site, way, cluster.partition,
                     cluster.folder.string());
}

std::string rehearsed_sites(const Fleet& fleet) {
  std::vector<std::string> names;
  for (const Site& site : fleet.sites()) {
    if (site.engine == EngineKind::simulated) names.push_back(site.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void tell_wait(const Error& error) { log("Waiting for the launcher: " + error.message); }

void tell_waiting_starts(const std::string& why) {
  log(why.empty() ? "Jobs start again." : "No job can start, and those that are to start wait: " + why);
}

}  // namespace

// In the order in which they need each other; they go in the opposite one.
struct LiveServer::Parts {
  Parts(const Config& config_, std::unique_ptr<SqliteJournal> journal_, JournalReader loop_reader_,
        JournalReader api_reader_)
      : config(config_),
        journal(std::move(journal_)),
        loop_reader(std::move(loop_reader_)),
        archive(std::move(api_reader_)),
        policy(config_.policy),
        desk(state, names, *journal, loop_reader, tokens),
        history(*journal),
        sites(loop_reader) {}

  Config config;
  std::unique_ptr<SqliteJournal> journal;
  JournalReader loop_reader;
  SharedReader archive;  // for the network's threads and the log follower
  engine::Machine machine;
  State state;
  DurePolicy policy;
  TokenBook tokens;
  NamedJobs names;
  Desk desk;
  History history;
  Publisher publisher;
  EventLog events;
  Metrics metrics;
  std::optional<DeviceWatch> devices;
  std::optional<engine::LocalEngine> engine;
  std::optional<LocalSite> here;  // this machine
  std::vector<std::unique_ptr<SlurmSite>> clusters;
  std::optional<RehearsedSite> rehearsed;
  Sites sites;
  std::optional<Loop> loop;
  std::uint64_t replayed_from = 0;  // the sequence of the snapshot with which this began
  std::optional<SnapshotMaker> snapshots;
  std::optional<ForecastDesk> forecasts;  // none where they are off
  std::optional<Sessions> sessions;
  PortalFiles portal;
  UseHistory use_history;
  std::optional<LiveDesk> live;
  std::optional<JobLogs> log_source;
  std::optional<LogFollower> logs;
  std::optional<ApiServer> api;
  std::unique_ptr<FrontDoor> door;
  Greeting greeting;
  std::atomic<bool> is_stopping{false};

  // Times that only go forward, whatever is done to the clock.
  Time now() const { return std::max(wall_clock(), state.now()); }

  Result<void> replay();
  Result<void> declare_estate();
  Result<void> read_tokens();
  Result<void> catch_up_with_devices();
  void watch_devices();
  Result<void> start_engine(const std::function<bool()>& is_stopped);
  Result<void> open_sites();
  Result<void> listen(const std::string& version);
  std::optional<Time> turn();
  void run();
};

// From the newest snapshot on.
Result<void> LiveServer::Parts::replay() {
  auto snapshot = newest_snapshot(config.data, [this](Link link) { return journal->has(link); });
  if (snapshot && publisher.restore(snapshot->state, snapshot->aside)) state = std::move(snapshot->state);
  replayed_from = state.fact_count();
  auto replayed = journal->replay(state, [this](const Fact& fact) { publisher.replay(state, fact); });
  if (!replayed) return replayed;
  journal->follow(state);
  snapshots.emplace(config.data, config.snapshot_every, replayed_from);
  return {};
}

// The first facts of a new journal. Later, the fleet becomes what the file or the machine says now, if work allows.
Result<void> LiveServer::Parts::declare_estate() {
  const Estate estate = estate_of(config, machine);
  const FleetSpec& fleet = estate.fleet;
  if (state.fact_count() == 0) {
    if (auto checked = check(estate, isolation_of(config)); !checked) return checked;
    if (auto declared = loop->catch_up(now(), FleetDeclared{fleet}); !declared) return declared;
    return loop->catch_up(now(), TenantsDeclared{estate.tenants});
  }
  if (auto checked = check_isolation(fleet, state.tenants().spec(), isolation_of(config)); !checked) {
    return fail(checked.error().code, fmt::format("{}: {}", config.data.string(), checked.error().message));
  }
  const FleetSpec& known = state.fleet().spec();
  // What a machine has for CPUs and memory varies a little from one start to the next.
  if (config.fleet ? known == fleet : has_same_places(known, fleet)) return {};
  const auto checked = [&]() -> Result<void> {
    const auto holder = config.fleet ? std::nullopt : first_with_gpus(state);
    if (!holder) return state.check(FleetDeclared{fleet});
    return fail(Code::invalid_argument,
                fmt::format("job {} runs on GPUs that may have other numbers now", holder->value));
  }();
  if (checked) return loop->catch_up(now(), FleetDeclared{fleet});
  return fail(checked.error().code,
              fmt::format("{}: the journal knows another fleet ({}) than {} has now ({}): {}; start with the former as "
                          "`fleet:` in the configuration, put that right, then `dure apply` the new one",
                          config.data.string(), summary(known), config.fleet ? "the configuration" : "this machine",
                          summary(fleet), checked.error().message));
}

// Whoever may read the file `token` runs the estate and owns all of it. A new one is made at the first start, and where
// nobody could run the estate any more: a file that is gone is no reason while operators have tokens of their own.
Result<void> LiveServer::Parts::read_tokens() {
  auto known = loop_reader.tokens();
  if (!known) return tl::unexpected(known.error());
  const bool is_first = known->empty();
  for (StoredToken& token : *known) tokens.put(std::move(token));
  const fs::path path = config.data / "token";
  std::ifstream file(path);
  std::string secret;
  const bool is_there = std::getline(file, secret) && secret.size() >= 32;
  if (!is_first && tokens.has_operator(now())) return {};
  const bool is_of_an_older_server = is_there && is_first;
  if (!is_of_an_older_server) {
    auto made = api::make_secret();
    if (!made) return tl::unexpected(made.error());
    secret = *std::move(made);
    if (auto written = write_private(path, secret + "\n"); !written) return written;
  }
  StoredToken first{.hash = api::hash_of_secret(secret),
                    .subject = account_name(),
                    .grants = {{.role = Role::operator_, .tenant = ""}, {.role = Role::owner, .tenant = ""}},
                    .created = now(),
                    .by = "the server"};
  first.id = api::token_id(first.hash);
  journal->put_token(first);
  journal->put_audit({.at = first.created,
                      .actor = first.by,
                      .token = "",
                      .action = "createToken",
                      .target = first.id,
                      .outcome = "the first, in " + path.string()});
  tokens.put(std::move(first));
  return {};
}

// Whoever asks first is told of broken ones too.
Result<void> LiveServer::Parts::catch_up_with_devices() {
  for (Change& change : device_changes(state, sick_devices(machine))) {
    if (auto known = loop->catch_up(now(), std::move(change)); !known) return known;
  }
  return {};
}

void LiveServer::Parts::watch_devices() {
  devices.emplace(machine, config.devices, [this](SickDevices sick) { desk.post(std::move(sick)); });
  desk.post(sick_devices(machine));
  if (!devices->is_watching()) return;
  desk.set_device_check([this](std::function<void()> then) { devices->look_and(std::move(then)); });
}

Result<void> LiveServer::Parts::start_engine(const std::function<bool()>& is_stopped) {
  engine::EngineOptions options;
  const auto tools = find_or_make_tools(config.data / "tools");
  if (!tools) return tl::unexpected(tools.error());
  options.tools = tools->string();
  if (!config.launcher.empty()) {
    auto starter = engine::start_by_launcher(config.launcher, {.on_wait = tell_wait, .is_stopped = is_stopped});
    if (!starter) return tl::unexpected(starter.error());
    options.starter = *std::move(starter);
  }
  options.machine = machine;
  options.on_wait = tell_waiting_starts;
  options.output_bytes_max = config.output_bytes_max;
  options.open_files = config.open_files;
  options.closed_folder = std::filesystem::absolute(config.data).string();
  auto opened = engine::LocalEngine::open(engine_folder(config.data).string(), std::move(options),
                                          [this](const engine::Report& report) { desk.post(report); });
  if (!opened) return tl::unexpected(opened.error());
  engine.emplace(std::move(*opened));
  return {};
}

Result<void> LiveServer::Parts::open_sites() {
  here.emplace(*engine);
  sites.set_here(*here);
  for (const SlurmConfig& cluster : config.slurm) {
    const auto word = word_of_server(config.data);
    if (!word) return tl::unexpected(word.error());
    auto opened = SlurmSite::open(
        cluster, *word,
        {.on_report = [this](const engine::Report& report) { desk.post(report); },
         .on_news = [this, name = cluster.site](engine::SiteNews news) { desk.post(name, std::move(news)); },
         .on_tell = [name = cluster.site](const std::string& line) { log(name + ": " + line); }});
    if (!opened) return tl::unexpected(opened.error());
    sites.add(cluster.site, **opened);
    clusters.push_back(std::move(*opened));
  }
  if (config.rehearses == Rehearses::yes) {
    rehearsed.emplace([this](const engine::Report& report) { desk.post(report); });
    sites.set_rehearsed(*rehearsed);
  }
  desk.set_why_drained([this](NodeId node) { return publisher.why_drained(state.fleet(), node); });
  return {};
}

Result<void> LiveServer::Parts::listen(const std::string& version) {
  log_source.emplace(publisher, sites, archive);
  logs.emplace(*log_source);
  if (config.forecast.is_on) forecasts.emplace(config.data, config.forecast, config.policy);
  const api::ServerFacts facts{
      .version = version,
      .data = std::filesystem::absolute(config.data).string(),
      .started = wall_clock(),
      .pid = ::getpid(),
      .array_max = config.network.limits.array_max,
      .isolation = isolation_of(config),
      .is_public = config.is_public,
      .clusters = clusters_of(config),
      .rehearses = config.rehearses,
      .terminal_path = [this](const Job& job) { return engine->terminal_path_of({job.id, job.evictions}); }};
  auto opened_sessions = Sessions::open(config.data);
  if (!opened_sessions) return tl::unexpected(opened_sessions.error());
  sessions.emplace(std::move(*opened_sessions));
  portal = PortalFiles(PortalFiles::default_folder());
  live.emplace(publisher, use_history);
  api.emplace(ApiParts{publisher, desk, events, *logs, metrics, archive, tokens, tokens, *sessions, portal, use_history,
                       *live, forecasts ? &*forecasts : nullptr},
              facts, *devices, config.requests);
  auto opened = FrontDoor::open(config.network, config.data, *api);
  if (!opened) return tl::unexpected(opened.error());
  door = std::move(*opened);
  greeting.address = door->address();
  greeting.certificate = door->certificate_text();
  greeting.data = config.data.string();
  greeting.token_file = (config.data / "token").string();
  sites.set_address(greeting.address);
  journal->commit();  // first: what is shown is durable
  api->open(greeting.address);
  return write_private(config.data / "address", greeting.address + "\n");
}

std::optional<Time> LiveServer::Parts::turn() {
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t facts = state.fact_count();
  const std::optional<Time> wakeup = loop->turn(now());
  snapshots->hear(journal->committed().sequence);
  if (forecasts) forecasts->hear(journal->committed().sequence);
  metrics.turn(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
               state.fact_count() - facts);
  return wakeup;
}

// Facts have the time of the wall clock, which may be set back; what is shown keeps pace by one that is not.
void LiveServer::Parts::run() {
  using Steady = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds publish_every{20};  // where nobody waits for it
  Steady::time_point published = Steady::now();
  std::uint64_t published_sequence = state.fact_count();
  std::optional<Time> wakeup = now();
  bool has_unsent = false;
  for (;;) {
    const bool is_behind = published_sequence != state.fact_count() || has_unsent;
    std::optional<Duration> most;
    if (wakeup) most = std::max(*wakeup - wall_clock(), Duration{});
    if (const auto until = desk.until_count()) most = std::min(*until, most.value_or(*until));
    if (is_behind) {
      const Duration until{std::chrono::nanoseconds(published + publish_every - Steady::now()).count()};
      most = std::clamp(until, Duration{}, most.value_or(until));
    }
    if (!desk.wait(most)) break;
    wakeup = turn();
    const bool is_due = desk.has_callers() || Steady::now() >= published + publish_every;
    if (is_due) {
      if (state.fact_count() != published_sequence) publisher.publish(state);
      published = Steady::now();
      published_sequence = state.fact_count();
      desk.set_estate_version(publisher.view()->estate_version);
      has_unsent = events.send();  // whoever hears of something finds it in the view
    }
    desk.settle(published_sequence);
  }
}

LiveServer::LiveServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LiveServer::~LiveServer() = default;

std::filesystem::path engine_folder(const std::filesystem::path& data) { return data / "work"; }

Result<std::unique_ptr<LiveServer>> LiveServer::open(const Config& config, const std::string& version,
                                                     const std::function<bool()>& is_stopped) {
  auto journal = SqliteJournal::open(config.data);
  if (!journal) return tl::unexpected(journal.error());
  auto loop_reader = JournalReader::open(config.data);
  if (!loop_reader) return tl::unexpected(loop_reader.error());
  auto api_reader = JournalReader::open(config.data);
  if (!api_reader) return tl::unexpected(api_reader.error());
  auto parts = std::make_unique<Parts>(config, std::move(*journal), std::move(*loop_reader), std::move(*api_reader));
  Parts& p = *parts;
  p.machine = engine::discover(config.devices);
  p.watch_devices();
  if (auto started = p.start_engine(is_stopped); !started) return tl::unexpected(started.error());
  if (auto opened = p.open_sites(); !opened) return tl::unexpected(opened.error());
  if (auto replayed = p.replay(); !replayed) return tl::unexpected(replayed.error());
  p.policy.rebuild(p.state);
  p.loop.emplace(p.state, p.policy, p.desk, *p.journal, p.sites);
  for (Observer* observer :
       {static_cast<Observer*>(&p.publisher), static_cast<Observer*>(&p.history), static_cast<Observer*>(&p.events),
        static_cast<Observer*>(&p.names), static_cast<Observer*>(&p.sites)}) {
    p.loop->add_observer(*observer);
  }
  p.events.begin_after(p.state.fact_count());
  p.names.rebuild(p.state);
  if (p.state.fact_count() > 0) p.publisher.rebuild(p.state);
  // First: what has ended need not fit any more.
  p.here->recover(p.state, *p.loop, p.sites, sick_devices(p.machine), p.now());
  if (auto declared = p.declare_estate(); !declared) return tl::unexpected(declared.error());
  if (auto known = p.catch_up_with_devices(); !known) return tl::unexpected(known.error());
  if (auto read = p.read_tokens(); !read) return tl::unexpected(read.error());
  p.publisher.publish(p.state);
  p.desk.set_estate_version(p.publisher.view()->estate_version);
  if (auto listening = p.listen(version); !listening) return tl::unexpected(listening.error());
  for (const auto& cluster : p.clusters) cluster->recover(p.state, p.sites);  // jobs are told where the server is
  if (p.rehearsed) p.rehearsed->recover(p.state, p.sites);
  p.greeting.machine = machine_text(p.machine);
  for (const SlurmConfig& cluster : config.slurm) p.greeting.clusters.push_back(cluster_text(cluster));
  p.greeting.rehearsed = rehearsed_sites(p.state.fleet());
  p.greeting.facts = p.state.fact_count();
  p.greeting.jobs = p.state.jobs().size();
  return std::unique_ptr<LiveServer>(new LiveServer(std::move(parts)));
}

const Greeting& LiveServer::greeting() const { return parts_->greeting; }

void LiveServer::run() {
  parts_->run();
  if (parts_->forecasts) parts_->forecasts->close();  // the door waits for answers
  parts_->door->stop();
  std::error_code ignored;
  fs::remove(parts_->config.data / "address", ignored);
}

void LiveServer::reload_certificate() { parts_->door->reload(); }

void LiveServer::stop() {
  parts_->api->set_ready(false);
  parts_->desk.close();
}

}  // namespace dure::server
