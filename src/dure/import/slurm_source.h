// Where an import reads from: a cluster's commands, or files that were written with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/import/slurm_records.h"
#include "dure/simulate/trace/text_source.h"
#include "dure/work/job_text.h"

namespace dure::importing {

enum class SlurmOutput : std::uint8_t { config, nodes, partitions, topology, accounts, qos, reservations, licenses };

// From which day until before which jobs ended that are asked for. Beginnings of days, in UTC; begin < end.
struct HistorySpan {
  Time begin;
  Time end;
};

struct SlurmAnswer {
  std::optional<SlurmText> text;
  std::string why_not;  // where a command failed that need not succeed
};

class SlurmSource {
 public:
  using Take = std::function<Result<void>(simulate::TextSource)>;

  virtual ~SlurmSource() = default;
  // Fails where there must be such an output and is none.
  virtual Result<SlurmAnswer> read(SlurmOutput output) = 0;
  // Hands over what sacct says of ended jobs, table by table; each job is in one. Returns false if there is nothing.
  virtual Result<bool> read_history(const Take& take) = 0;
};

// Files in a folder, called as take_script() calls them.
class SlurmFiles final : public SlurmSource {
 public:
  explicit SlurmFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<SlurmAnswer> read(SlurmOutput output) override;
  Result<bool> read_history(const Take& take) override;

 private:
  std::filesystem::path folder_;
};

// The cluster that Slurm's commands speak of here. Its history is asked for day by day: a year at once would be held in
// memory by sacct and slurmdbd.
class SlurmCommands final : public SlurmSource {
 public:
  // `config`: the path of slurm.conf; empty: where Slurm looks for it. `progress` is told of each day.
  SlurmCommands(const std::string& config, HistorySpan span, std::function<void(Time day)> progress);
  Result<SlurmAnswer> read(SlurmOutput output) override;
  Result<bool> read_history(const Take& take) override;

 private:
  HistorySpan span_;
  std::function<void(Time)> progress_;
  std::vector<Variable> environment_;
};

// A script for sh that writes the files of a SlurmFiles.
std::string take_script(HistorySpan span);

// What becomes of jobs that have not ended.
enum class Unended : std::uint8_t { left_out, kept };

// Leaves the header and the rows of a table of sacct whose `End` lies within: a job that runs over midnight is in the
// tables of two days. Rows that are no rows stay, to be counted.
std::string ending_within(std::string_view table, HistorySpan span, Unended unended);

}  // namespace dure::importing
