#include "dure/server/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "dure/fleet/fleet.h"
#include "dure/server/policy_reader.h"
#include "dure/spec/account_reader.h"
#include "dure/spec/file.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/tenants_reader.h"

namespace dure::server {
namespace {

namespace fs = std::filesystem;
using spec::Fields;
using spec::Node;

struct Key {
  const char* name;
  const char* otherwise;
  const char* meaning;
};

// What `dure serve --reference` prints; a test compares it with what the reader takes.
constexpr Key keys[] = {
    {"listen", "127.0.0.1:8470",
     "Address and port of the API. Port 0: any that is free. One that others reach, such as 0.0.0.0:8470, has TLS."},
    {"tls", "on addresses that others reach, with a certificate of its own making",
     "`{certificate: FILE, key: FILE}` in PEM, read again when they change. `{}`: TLS on loopback too. "
     "`{send_tokens_in_the_clear: true}`: plain HTTP on an address that others reach."},
    {"limits", "{}", "What clients may cost; see below."},
    {"data", "see above", "The folder of the journal, the jobs and the token."},
    {"devices", "{}", "`{emulated: N}` offers N labelled device slots in place of GPUs."},
    {"fleet", "what the machine has",
     "A file such as fleet.yaml, or the same inline. At most one site with the engine `local`, of one node, and sites "
     "with the engine `slurm` that `slurm` says how to reach."},
    {"rehearse", "false",
     "`true`: sites with the engine `simulated` are taken too. Nothing runs there; jobs are told to have started, and "
     "to "
     "have ended when their runs are over."},
    {"slurm", "none",
     "Clusters, by the site that they are in the fleet: `[{site: hall, folder: /shared/dure, "
     "config: /etc/slurm/slurm.conf, rest: {socket: /run/slurmrestd.sock}, partition: dure, qos: dure}]`. Without "
     "`rest` by Slurm's commands. `folder` is one that this machine and all nodes "
     "of the site share. With `accounts: [{tenant: vision, account: vision}]` jobs run as their owners' accounts, "
     "within `uids: {from: 1000, to: 59999}`."},
    {"tenants", "one tenant, `default`",
     "A file such as tenants.yaml, or the same inline. Taken when the journal is new; later: `dure apply`."},
    {"policy", "{}",
     "`{reservations: 4, reclaim: true, defragment: false, fair_evictions_per_hour: 0, order: oldest}`: "
     "promised starts per pool, whether guarantees evict borrowers, whether jobs with checkpoints are moved for "
     "a larger one that finds no room in one piece, how many jobs of a pool may be evicted within any hour for "
     "who has used at most half as much for its weight, and which of a tenant's jobs comes first: the `oldest`, "
     "or the one that is expected to be the `shortest`, and who has waited long."},
    {"forecast", "{}",
     "`{every: 5m, draws: 16, horizon: 7d}`: when jobs that wait are expected to start is drawn so many times, so far "
     "ahead, by a thread that takes half of a core at most; of new ones at once, of all that wait this often. `off`: "
     "nothing is said, and nothing planned. Plans go first, and come on top."},
    {"output_limit", "1Gi", "The most that one output file of a job may hold."},
    {"trust_jobs", "false",
     "`true`: without a launcher too several tenants may have jobs, though these share the server's account and can "
     "reach "
     "each other's files and processes."},
    {"public", "false",
     "`true`: /v1/public tells whoever asks, without a token, how many GPUs there are and in use, what programmes have "
     "awarded, and how much was lent. No names of tenants."},
    {"requests", "{}",
     "`{per_second: 100, burst: 1000}`: how often one token may ask, but for those of operators; then 429."},
    {"launcher", "none: jobs run as the server's own account",
     "The socket of a `dure-launcher`, such as /run/dure/launcher.sock, which gives jobs the accounts of their "
     "owners."},
    {"snapshot_every", "1000000",
     "After so many facts the state is written down anew; a start replays what came since."},
};

std::optional<std::string> read_text_of(const Node& node) {
  if (node.is(spec::Kind::scalar) && !node.value().text.empty()) return node.value().text;
  node.want("a path");
  return std::nullopt;
}

std::optional<ForecastConfig> read_forecast(const Node& node) {
  constexpr std::uint32_t most_draws = 1000;
  if (node.is(spec::Kind::scalar) && node.value().text == "off") return ForecastConfig{.is_on = false};
  return spec::read_mapping<ForecastConfig>(node, "`off`, or a mapping such as {every: 5m, draws: 16, horizon: 7d}",
                                            [](Fields& in, ForecastConfig& forecast) {
                                              in.take("every", forecast.every, spec::read_positive_duration);
                                              in.take("draws", forecast.draws,
                                                      spec::integer_in<std::uint32_t>(2, most_draws));
                                              in.take("horizon", forecast.horizon, spec::read_positive_duration);
                                            });
}

std::optional<engine::RestOptions> read_rest(const Node& node, const fs::path& folder) {
  return spec::read_mapping<engine::RestOptions>(
      node, "slurmrestd such as {socket: /run/slurmrestd.sock} or {url: http://127.0.0.1:6820, token_file: slurm.jwt}",
      [&](Fields& in, engine::RestOptions& rest) {
        if (in.take("socket", rest.socket, read_text_of)) rest.socket = folder / rest.socket;
        in.take("url", rest.url, read_text_of);
        in.take("user", rest.user, read_text_of);
        if (in.take("token_file", rest.token_file, read_text_of)) rest.token_file = folder / rest.token_file;
        if (rest.socket.empty() == rest.url.empty()) {
          in.node().refuse("found slurmrestd without one way to it", "write socket: or url:, and not both");
        }
      });
}

std::optional<SlurmConfig> read_cluster(const Node& node, const fs::path& folder) {
  return spec::read_mapping<SlurmConfig>(
      node, "a cluster such as {site: hall, folder: /shared/dure}", [&](Fields& in, SlurmConfig& cluster) {
        in.need("site", cluster.site, read_text_of);
        std::string shared;
        in.need("folder", shared, read_text_of);
        cluster.folder = folder / shared;
        if (in.take("config", cluster.config, read_text_of)) cluster.config = folder / cluster.config;
        in.take("rest", cluster.rest, [&](const Node& at) { return read_rest(at, folder); });
        in.take("partition", cluster.partition, read_text_of);
        in.take("qos", cluster.qos, read_text_of);
        AccountRules accounts;
        in.take("uids", accounts.uids, spec::read_uid_range);
        if (in.take("accounts", accounts.rules, spec::read_account_rules)) {
          if (!cluster.rest.socket.empty()) {
            in.at("rest").refuse("found a socket, over which all jobs are those of the server's account",
                                 "write url: and token_file:, with a token of root or SlurmUser");
          }
          cluster.accounts = std::move(accounts);
        } else if (in.has("uids") && !in.has("accounts")) {
          in.at("uids").refuse("found uids without accounts", "say whose jobs run as which account: accounts: [...]");
        }
      });
}

std::optional<RateLimit> read_rate(const Node& node) {
  return spec::read_mapping<RateLimit>(
      node, "a mapping such as {per_second: 100, burst: 1000}", [](Fields& in, RateLimit& rate) {
        in.take("per_second", rate.per_second, spec::integer_in<std::uint32_t>(1, 1'000'000));
        in.take("burst", rate.burst, spec::integer_in<std::uint32_t>(1, 1'000'000));
      });
}

std::optional<engine::DeviceOptions> read_devices(const Node& node) {
  return spec::read_mapping<engine::DeviceOptions>(
      node, "a mapping such as {emulated: 4}", [](Fields& in, engine::DeviceOptions& devices) {
        std::uint32_t emulated = 0;
        if (in.take("emulated", emulated, spec::integer_in<std::uint32_t>(0, most_gpus_per_node)))
          devices.emulated = emulated;
      });
}

// A file that is named, or what stands here.
template <class Spec, class Inline, class FromFile>
std::optional<Spec> read_part(const Node& node, const fs::path& folder, const Inline& inline_,
                              const FromFile& from_file) {
  if (!node.is(spec::Kind::scalar)) return inline_(node);
  auto read = from_file(folder / node.value().text);
  if (read) return std::move(*read);
  node.refuse(fmt::format("found the file {}", node.value().text), read.error().message, read.error().code);
  return std::nullopt;
}

void check_fleet(const Node& node, const FleetSpec& fleet, const Config& config) {
  const auto refusal = refusal_to_serve(fleet, clusters_of(config), config.rehearses);
  if (refusal) node.refuse(refusal->found, refusal->remedy);
}

// Each removes what it does not know in its folder.
void refuse_shared_folders(const Node& list, const std::vector<SlurmConfig>& clusters) {
  const auto is_within = [](const SlurmConfig& inner, const SlurmConfig& outer) {
    const fs::path folder = fs::weakly_canonical(inner.folder);
    const fs::path above = fs::weakly_canonical(outer.folder);
    return std::mismatch(above.begin(), above.end(), folder.begin(), folder.end()).first == above.end();
  };
  for (const SlurmConfig& outer : clusters) {
    for (const SlurmConfig& inner : clusters) {
      if (&inner == &outer || !is_within(inner, outer)) continue;
      return list.refuse(fmt::format("found the folder of {} within that of {}", inner.site, outer.site),
                         "give each site a folder of its own");
    }
  }
}

std::optional<Config> read(const Node& node, const fs::path& folder,
                           const std::optional<engine::DeviceOptions>& devices) {
  return spec::read_mapping<Config>(
      node, "a configuration such as {listen: 127.0.0.1:8470}", [&](Fields& in, Config& config) {
        config = default_config();
        in.take("listen", config.network.listen, read_listen);
        in.take("tls", config.network.tls, [&](const Node& at) { return read_tls(at, folder); });
        in.take("limits", config.network.limits, read_limits);
        std::string data;
        if (in.take("data", data, read_text_of)) config.data = folder / data;
        in.take("devices", config.devices, read_devices);
        if (devices) config.devices = *devices;
        in.take("slurm", config.slurm,
                spec::list_of([&](const Node& at) { return read_cluster(at, folder); }, "a list of clusters"));
        if (in.has("slurm")) {
          spec::refuse_duplicates(in.at("slurm"), "site", "cluster");
          refuse_shared_folders(in.at("slurm"), config.slurm);
        }
        bool rehearses = false;
        if (in.take("rehearse", rehearses, spec::read_boolean) && rehearses) config.rehearses = Rehearses::yes;
        FleetSpec fleet;
        const bool has_fleet = in.take("fleet", fleet, [&](const Node& at) {
          return read_part<FleetSpec>(
              at, folder, [](const Node& n) { return spec::read_fleet_node(n); },
              [](const fs::path& path) { return spec::read_fleet(path); });
        });
        if (has_fleet && in.node().mistakes().empty()) {
          check_fleet(in.at("fleet"), fleet, config);
          if (in.node().mistakes().empty()) config.fleet = fleet;
        }
        std::optional<Fleet> known;
        if (in.node().mistakes().empty())
          known.emplace(config.fleet ? *config.fleet : fleet_of(engine::discover(config.devices)));
        const Fleet* against = known ? &*known : nullptr;
        TenantsSpec tenants;
        const bool has_tenants = in.take("tenants", tenants, [&](const Node& at) -> std::optional<TenantsSpec> {
          if (at.is(spec::Kind::sequence)) return spec::read_tenants_list(at, against);
          return read_part<TenantsSpec>(
              at, folder, [&](const Node& n) { return spec::read_tenants_node(n, against); },
              [&](const fs::path& path) -> Result<TenantsSpec> {
                if (against == nullptr) return fail(Code::invalid_argument, "mend the fleet first");
                return spec::read_tenants(path, *against);
              });
        });
        if (has_tenants) config.tenants = tenants;
        in.take("policy", config.policy, [](const Node& at) { return read_policy(at, default_policy); });
        in.take("forecast", config.forecast, read_forecast);
        std::int64_t output_mib = 0;
        if (in.take("output_limit", output_mib, spec::read_memory)) config.output_bytes_max = output_mib << 20;
        in.take("trust_jobs", config.trusts_jobs, spec::read_boolean);
        in.take("public", config.is_public, spec::read_boolean);
        in.take("requests", config.requests, read_rate);
        if (in.take("launcher", config.launcher, read_text_of)) config.launcher = folder / config.launcher;
        in.take("snapshot_every", config.snapshot_every, spec::integer_in<std::uint64_t>(1, std::uint64_t{1} << 62));
      });
}

}  // namespace

std::vector<std::string> clusters_of(const Config& config) {
  std::vector<std::string> names;
  for (const SlurmConfig& cluster : config.slurm) names.push_back(cluster.site);
  return names;
}

fs::path default_data_folder() {
  if (const char* folder = std::getenv("DURE_DATA_DIR"); folder != nullptr && *folder != '\0') return folder;
  if (::geteuid() == 0) return "/var/lib/dure";
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') return fs::path(data) / "dure";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / ".local/share/dure";
}

Config default_config() {
  Config config;
  config.data = default_data_folder();
  return config;
}

Result<Config> read_config(const fs::path& path, const std::optional<engine::DeviceOptions>& devices) {
  return spec::read_file(path).and_then([&](const std::string& text) {
    const fs::path folder = fs::absolute(path).parent_path();
    return spec::read_text(text, path.string(), [&](const Node& node) { return read(node, folder, devices); });
  });
}

std::string config_reference() {
  std::string out =
      "## The configuration of `dure serve`\n\n"
      "One YAML file, named with `--config`. Every key may be left out. Paths are relative to the file.\n"
      "The data folder is `$DURE_DATA_DIR`; else `/var/lib/dure` for root and `~/.local/share/dure` for others.\n\n"
      "| key | without it | meaning |\n|---|---|---|\n";
  for (const Key& key : keys) out += fmt::format("| `{}` | {} | {} |\n", key.name, key.otherwise, key.meaning);
  return out + "\n" + limits_reference();
}

FleetSpec fleet_of(const engine::Machine& machine) {
  PoolSpec pool{
      .name = machine.devices.empty() ? "cpu" : "gpu",
      .gpus_per_node = static_cast<std::uint32_t>(std::min<std::size_t>(machine.devices.size(), most_gpus_per_node)),
      .cpu_milli = machine.cpu_milli,
      .memory_mib = machine.memory_mib};
  // One that is broken may not say what it is.
  const auto named = std::find_if(machine.devices.begin(), machine.devices.end(),
                                  [](const engine::Device& device) { return !device.model.empty(); });
  if (named != machine.devices.end()) {
    pool.gpu_model = named->model;
    pool.gpu_memory_mib = named->memory_mib;
  } else if (!machine.devices.empty()) {
    pool.gpu_model = "GPU";
  }
  return {.name = machine.host, .sites = {{.name = "local", .engine = EngineKind::local, .pools = {pool}}}};
}

}  // namespace dure::server
