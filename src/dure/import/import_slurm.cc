#include "dure/import/import_slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "dure/fleet/fleet.h"
#include "dure/import/documents.h"
#include "dure/import/fleet_import.h"
#include "dure/import/history_import.h"
#include "dure/import/slurm_config.h"
#include "dure/import/slurm_table.h"
#include "dure/import/tenants_import.h"
#include "dure/simulate/outputs.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/tenants_reader.h"

namespace dure::importing {
namespace {

constexpr Duration usual_time_limit = days(7);

class Import {
 public:
  Import(SlurmSource& source, const ImportOptions& options) : source_(source), options_(options) {}

  Result<ImportReport> run() {
    auto outputs = simulate::Outputs::in(options_.out);
    if (!outputs) return tl::unexpected<Error>(outputs.error());
    return read_cluster()
        .and_then([&] { return read_history(*outputs); })
        .and_then([&] { return read_tenants(); })
        .and_then([&] { return tell_the_rest(); })
        .and_then([&] { return write(*outputs); })
        .and_then([&] { return outputs->commit(); })
        .map([&] { return std::move(report_); });
  }

 private:
  // Reads an output, and makes something of it with `read`, which returns a Result; T{} where there is no output.
  template <class T, class Read>
  Result<void> take(SlurmOutput output, T& into, const Read& read) {
    const auto answer = source_.read(output);
    if (!answer) return tl::unexpected<Error>(answer.error());
    if (!answer->why_not.empty()) {
      report_.notes.push_back({"a part of Slurm", answer->why_not, "import as root or SlurmUser, who may see all"});
    }
    if (!answer->text) return {};
    auto value = read(*answer->text);
    if (!value) return tl::unexpected<Error>(value.error());
    into = *std::move(value);
    return {};
  }

  Result<void> read_cluster() {
    SlurmCluster cluster;
    return take(SlurmOutput::config, config_, read_cluster_config)
        .and_then([&] { return take(SlurmOutput::nodes, cluster.nodes, read_slurm_nodes); })
        .and_then([&] { return take(SlurmOutput::partitions, cluster.partitions, read_slurm_partitions); })
        .and_then([&]() -> Result<void> {
          if (!config_.has_topology) return {};
          return take(SlurmOutput::topology, cluster.network, read_slurm_network);
        })
        .and_then([&] {
          cluster.name = config_.name;
          cluster.preempt_mode = config_.preempt_mode;
          return import_fleet(cluster, report_.notes);
        })
        .and_then([&](FleetImport import) {
          fleet_ = std::move(import);
          return check_fleet();
        })
        .map([&] { tell_fleet(cluster); });
  }

  Result<void> check_fleet() {
    return spec::read_fleet_text(fleet_document(fleet_.fleet), "fleet.yaml").map([](const FleetSpec&) {});
  }

  void tell_fleet(const SlurmCluster& cluster) {
    const Fleet fleet(fleet_.fleet);
    for (const Pool& pool : fleet.pools()) {
      const PoolSpec& spec = pool.spec;
      std::string line = fmt::format("pool {}: {}", pool.path, counted(pool.node_count, "node"));
      if (spec.gpus_per_node > 0) line += fmt::format(" × {}", counted(spec.gpus_per_node, "GPU"));
      if (spec.blocks > 1) line += fmt::format(", {} blocks", spec.blocks);
      if (spec.blocks * spec.racks_per_block > 1) line += fmt::format(", {} racks", spec.blocks * spec.racks_per_block);
      report_.carried.push_back(std::move(line));
    }
    if (!config_.has_topology) return;
    if (cluster.network.racks.empty()) {
      report_.notes.push_back({"topology", "Slurm has one, and it was not told",
                               "put its topology.conf beside the files that --from names, and import again"});
    }
  }

  Result<void> read_history(simulate::Outputs& outputs) {
    if (!config_.has_accounting) {
      report_.notes.push_back({"accounting", "the cluster has no slurmdbd, and so no accounts and no history", ""});
      return {};
    }
    HistoryImport history([&] { return outputs.unfinished("trace.csv"); });
    const auto is_there = source_.read_history([&](simulate::TextSource text) { return history.add(std::move(text)); });
    if (!is_there) return tl::unexpected<Error>(is_there.error());
    if (const auto closed = history.close(); !closed) return closed;
    history.tell(report_.notes);
    if (history.jobs() == 0) {
      report_.notes.push_back({"history", "there is no job that ran and ended, and so no trace", ""});
    } else {
      tell_history(history);
    }
    history_.emplace(std::move(history));
    return {};
  }

  void tell_history(const HistoryImport& history) {
    report_.carried.push_back(fmt::format("history: {}, submitted from {} to {}", counted(history.jobs(), "job"),
                                          to_text(history.first_submit()), to_text(history.last_submit())));
    const bool has_gpus = std::ranges::any_of(Fleet(fleet_.fleet).pools(), &Pool::has_gpus);
    if (has_gpus && history.jobs_with_gpus() == 0) {
      report_.notes.push_back(
          {"history", "no job is known to have had GPUs",
           config_.records_gpus ? "" : "set AccountingStorageTRES=gres/gpu in slurm.conf; it holds from then on"});
    }
    std::vector<std::string> gone;
    for (const auto& [partition, jobs] : history.partitions()) {
      if (!partition.empty() && !fleet_.pools_of.contains(partition))
        gone.push_back(fmt::format("{} ({})", partition, counted(jobs, "job")));
    }
    if (gone.empty()) return;
    report_.notes.push_back({"partitions " + some_of(gone),
                             "had jobs and have no nodes now: the trace lets these run in any pool",
                             "name their pools in scenario.yaml, under trace.partitions"});
  }

  Result<void> read_tenants() {
    SlurmAccounts accounts;
    const auto read = [&](const SlurmText& text) { return read_slurm_accounts(text, config_.name); };
    if (config_.has_accounting) {
      if (auto taken = take(SlurmOutput::accounts, accounts, read); !taken) return taken;
    }
    const Fleet fleet(fleet_.fleet);
    const std::set<std::string> none;
    tenants_ = import_tenants(accounts, history_ ? history_->accounts() : none, fleet, report_.notes);
    if (accounts.accounts.empty() && config_.has_accounting) {
      report_.notes.push_back({"accounts", "Slurm tells of none; those with jobs are tenants, all alike",
                               "write the others into tenants.yaml, and shares"});
    } else if (config_.has_accounting) {
      report_.carried.push_back(fmt::format("{} as tenants, with their shares and GrpTRES limits",
                                            counted(accounts.accounts.size(), "account")));
    }
    return spec::read_tenants_text(tenants_document(tenants_), "tenants.yaml", fleet).map([](const TenantsSpec&) {});
  }

  Result<void> tell_the_rest() {
    if (!config_.preempt_type.empty()) {
      report_.notes.push_back({"preemption", fmt::format("{} with {}", config_.preempt_type, config_.preempt_mode),
                               "say preempt: priority of a tenant in tenants.yaml, or guarantee tenants their part"});
    }
    return tell_qos()
        .and_then([&] {
          return tell_named(SlurmOutput::reservations, "ReservationName", "reservation",
                            "reserve nodes with `dure window`");
        })
        .and_then([&] { return tell_named(SlurmOutput::licenses, "LicenseName", "license", ""); });
  }

  Result<void> tell_qos() {
    if (!config_.has_accounting) return {};
    SlurmTable table;
    const auto read = [](const SlurmText& text) { return SlurmTable::read(text, {"Name"}); };
    return take(SlurmOutput::qos, table, read).map([&] {
      for (const SlurmTable::Row& row : table.rows()) {
        std::vector<std::string> texts;
        for (const auto& [key, value] : table.settings(row, {"Name"})) texts.push_back(key + '=' + value);
        if (texts.empty()) continue;
        report_.notes.push_back(
            {"QOS " + table.field(row, "Name"), some_of(texts), "say priority in jobs, and limits of tenants"});
      }
    });
  }

  Result<void> tell_named(SlurmOutput output, std::string_view key, const char* noun, const char* remedy) {
    std::vector<SlurmRecord> records;
    const auto read = [](const SlurmText& text) -> Result<std::vector<SlurmRecord>> {
      return slurm_records(text.text);
    };
    return take(output, records, read).map([&] {
      for (const SlurmRecord& record : records) {
        const auto name = record.find(key);
        if (name) report_.notes.push_back({fmt::format("{} {}", noun, *name), "is not known to Dure", remedy});
      }
    });
  }

  Result<void> write(simulate::Outputs& outputs) {
    const ServerParts server{.site = config_.name, .folder = options_.folder, .slurm_config = options_.slurm_config};
    return file(outputs, "fleet.yaml", fleet_document(fleet_.fleet))
        .and_then([&] { return file(outputs, "tenants.yaml", tenants_document(tenants_)); })
        .and_then([&] { return file(outputs, "server.yaml", server_document(server)); })
        .and_then([&]() -> Result<void> {
          if (!history_ || history_->jobs() == 0) return {};
          report_.files.emplace_back("trace.csv");
          return file(outputs, "scenario.yaml", scenario_document(scenario()));
        });
  }

  Result<void> file(simulate::Outputs& outputs, const char* name, const std::string& text) {
    report_.files.emplace_back(name);
    return outputs.write(name, text);
  }

  ScenarioParts scenario() const {
    ScenarioParts parts{
        .name = config_.name, .pools_of = fleet_.pools_of, .half_life = config_.half_life, .time_limit = {}};
    const Duration longest = history_->longest_unlimited();
    if (longest > usual_time_limit) parts.time_limit = days(longest.ns / days(1).ns + 1);
    return parts;
  }

  SlurmSource& source_;
  const ImportOptions& options_;
  ImportReport report_;
  ClusterConfig config_;
  FleetImport fleet_;
  TenantsSpec tenants_;
  std::optional<HistoryImport> history_;
};

}  // namespace

Result<ImportReport> import_slurm(SlurmSource& source, const ImportOptions& options) {
  return Import(source, options).run();
}

std::string to_text(const ImportReport& report) {
  std::string text = "carried over\n";
  for (const std::string& line : report.carried) text += fmt::format("  {}\n", line);
  if (!report.notes.empty()) text += "not carried over\n";
  for (const Note& note : report.notes) {
    text += fmt::format("  {}: {}\n", note.place, note.lost);
    if (!note.remedy.empty()) text += fmt::format("    {}\n", note.remedy);
  }
  return text;
}

}  // namespace dure::importing
