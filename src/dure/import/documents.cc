#include "dure/import/documents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "dure/base/host_list.h"
#include "dure/fleet/demand.h"
#include "dure/spec/scalars.h"

namespace dure::importing {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/'; }

// What begins with a letter is no number; short words may mean something else.
bool needs_quotes(std::string_view text) {
  constexpr std::size_t longest_word = 5;  // false
  if (text.size() <= longest_word) {
    static constexpr std::array<std::string_view, 9> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
    std::string lower;
    for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (std::ranges::find(words, lower) != words.end()) return true;
  }
  return text.empty() || !(is_letter(text.front()) || text.front() == '/') || !std::ranges::all_of(text, is_plain);
}

std::string memory_text(std::int64_t mib) {
  return mib % 1024 == 0 ? fmt::format("{}Gi", mib / 1024) : fmt::format("{}Mi", mib);
}

void append_layout(std::string& out, const PoolSpec& pool) {
  if (pool.blocks > 1) {
    out += fmt::format("    topology: {{blocks: {}, racks_per_block: {}}}\n", pool.blocks, pool.racks_per_block);
  } else if (pool.racks_per_block > 1) {
    out += fmt::format("    topology: {{racks_per_block: {}}}\n", pool.racks_per_block);
  }
  out += fmt::format("    hosts: {}\n", yaml_scalar(to_host_list(pool.hosts)));
}

void append_pool(std::string& out, const PoolSpec& pool) {
  out += fmt::format("  - name: {}\n", yaml_scalar(pool.name));
  if (pool.gpus_per_node > 0) {
    out += fmt::format("    gpu: {{model: {}, per_node: {}}}\n", yaml_scalar(pool.gpu_model), pool.gpus_per_node);
  }
  const std::string memory = pool.memory_mib > 0 ? ", memory: " + memory_text(pool.memory_mib) : "";
  out += fmt::format("    node: {{cpus: {}{}}}\n", pool.cpu_milli / whole, memory);
  append_layout(out, pool);
  out += fmt::format("    default_time_limit: {}\n", to_text(pool.default_time_limit));
}

std::string amounts(const std::vector<QuotaSpec>& quotas, std::optional<std::int64_t> QuotaSpec::* amount) {
  std::vector<std::string> texts;
  for (const QuotaSpec& quota : quotas) {
    if (quota.*amount)
      texts.push_back(fmt::format("{}: {}", yaml_scalar(quota.pool), spec::amount_text(*(quota.*amount))));
  }
  return fmt::format("{{{}}}", fmt::join(texts, ", "));
}

void append_tenant(std::string& out, const TenantSpec& tenant, std::size_t depth) {
  const std::string indent(depth * 2, ' ');
  std::string keys = fmt::format("name: {}", yaml_scalar(tenant.name));
  if (tenant.weight != 1) keys += fmt::format(", weight: {}", tenant.weight);
  const std::string guarantee = amounts(tenant.quotas, &QuotaSpec::guarantee_milli);
  const std::string limit = amounts(tenant.quotas, &QuotaSpec::limit_milli);
  if (guarantee != "{}") keys += ", guarantee: " + guarantee;
  if (limit != "{}") keys += ", limit: " + limit;
  if (tenant.children.empty()) {
    out += fmt::format("{}- {{{}}}\n", indent, keys);
    return;
  }
  out += fmt::format("{}- name: {}\n", indent, yaml_scalar(tenant.name));
  if (tenant.weight != 1) out += fmt::format("{}  weight: {}\n", indent, tenant.weight);
  if (guarantee != "{}") out += fmt::format("{}  guarantee: {}\n", indent, guarantee);
  if (limit != "{}") out += fmt::format("{}  limit: {}\n", indent, limit);
  out += fmt::format("{}  children:\n", indent);
  for (const TenantSpec& child : tenant.children) append_tenant(out, child, depth + 1);
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  if (!needs_quotes(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string fleet_document(const FleetSpec& fleet) {
  std::string out = fmt::format("fleet: {}\nsites:\n", yaml_scalar(fleet.name));
  for (const SiteSpec& site : fleet.sites) {
    out += fmt::format("- name: {}\n  engine: {{kind: slurm}}\n  pools:\n", yaml_scalar(site.name));
    for (const PoolSpec& pool : site.pools) append_pool(out, pool);
  }
  return out;
}

std::string tenants_document(const TenantsSpec& tenants) {
  std::string out = "tenants:\n";
  for (const TenantSpec& root : tenants.roots) append_tenant(out, root, 0);
  return out;
}

std::string server_document(const ServerParts& server) {
  const std::string config =
      server.slurm_config.empty() ? "" : fmt::format(", config: {}", yaml_scalar(server.slurm_config));
  return fmt::format(
      "fleet: fleet.yaml\n"
      "tenants: tenants.yaml\n"
      "slurm:\n"
      "- {{site: {}, folder: {}{}}}   # the folder is one that this machine and all nodes share\n"
      "trust_jobs: true   # all jobs on the cluster run as the account of this server\n",
      yaml_scalar(server.site), yaml_scalar(server.folder), config);
}

std::string scenario_document(const ScenarioParts& scenario) {
  std::string out = fmt::format(
      "scenario: {}\n"
      "fleet: fleet.yaml\n"
      "tenants: tenants.yaml\n"
      "trace:\n"
      "  format: csv\n"
      "  path: trace.csv\n"
      "  columns: {{submit: submit, run_time: run_time}}\n",
      yaml_scalar(scenario.name));
  if (scenario.time_limit)
    out += fmt::format("  time_limit: {}   # of jobs that stated none\n", to_text(*scenario.time_limit));
  if (!scenario.pools_of.empty()) out += "  partitions:\n";
  for (const auto& [partition, pools] : scenario.pools_of) {
    std::vector<std::string> paths;
    for (const std::string& pool : pools) paths.push_back(yaml_scalar(pool));
    out += fmt::format("    {}: [{}]\n", yaml_scalar(partition), fmt::join(paths, ", "));
  }
  // As `dure serve` has it.
  out += "policy:\n  name: dure\n  reservations: 4\n  reclaim: true\n  fairness: users\n";
  if (scenario.half_life) out += fmt::format("  half_life: {}\n", to_text(*scenario.half_life));
  return out;
}

}  // namespace dure::importing
