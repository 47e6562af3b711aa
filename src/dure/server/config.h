// The one file by which a server is set up.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/local/machine.h"
#include "dure/engine/slurm/rest_link.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/fleet/served_fleet.h"
#include "dure/policy/dure_policy.h"
#include "dure/server/forecast_desk.h"
#include "dure/server/network.h"
#include "dure/server/request_rate.h"
#include "dure/tenancy/account_rules.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::server {

constexpr DureOptions default_policy{.reservations = 4, .reclaims = true};

// How a site with the engine `slurm` is reached.
struct SlurmConfig {
  std::string site;              // its name in the fleet
  std::filesystem::path folder;  // that this machine and all nodes share
  std::string config;            // the path of slurm.conf; empty: where Slurm's commands look for it
  engine::RestOptions rest;      // slurmrestd, without `config`; without a socket and a url: by Slurm's commands
  std::string partition = "dure";
  std::string qos;                       // empty: the account's own
  std::optional<AccountRules> accounts;  // that jobs run as; without: all as the server's
};

struct Config {
  Network network;
  std::filesystem::path data;
  engine::DeviceOptions devices;
  std::optional<FleetSpec> fleet;      // without: one site `local`, made of what the machine has
  std::optional<TenantsSpec> tenants;  // without: one tenant, `default`
  DureOptions policy = default_policy;
  ForecastConfig forecast;
  std::int64_t output_bytes_max = std::int64_t{1} << 30;
  std::uint64_t snapshot_every = 1'000'000;  // facts
  bool trusts_jobs = false;                  // of several tenants, that share this server's account
  bool is_public = false;                    // /v1/public answers whoever asks
  RateLimit requests;                        // of one token
  std::vector<SlurmConfig> slurm;
  Rehearses rehearses = Rehearses::no;
  std::string launcher;          // its socket; empty: jobs run as this process's own account
  std::uint64_t open_files = 0;  // soft limit of a job's processes, and no key of the file; 0: the server's
};

// Where a server keeps its data unless it is told: $DURE_DATA_DIR; for root /var/lib/dure; else `dure` in
// $XDG_DATA_HOME or ~/.local/share.
std::filesystem::path default_data_folder();

// Names of the sites that are clusters.
std::vector<std::string> clusters_of(const Config& config);

// Reads a file, with paths in it relative to it. Every mistake of it is in the error. `devices` are in place of those
// of the file: what it says of pools is held against them.
Result<Config> read_config(const std::filesystem::path& path,
                           const std::optional<engine::DeviceOptions>& devices = std::nullopt);
// What holds without a file.
Config default_config();

// Every key, with what it means and what holds without it: the reference.
std::string config_reference();

// The fleet of a machine: one site `local`, one pool.
FleetSpec fleet_of(const engine::Machine& machine);

}  // namespace dure::server
