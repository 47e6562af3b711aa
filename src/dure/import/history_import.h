// A trace made of what sacct tells of past jobs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/import/notes.h"
#include "dure/simulate/csv_file.h"
#include "dure/simulate/trace/text_source.h"
#include "dure/simulate/trace/trace.h"

namespace dure::importing {

// What is asked for: `sacct -aXP --format=` and this. Names of jobs are left out: they may hold '|' and line ends.
inline constexpr std::string_view history_format =
    "JobID,Submit,Start,End,ElapsedRaw,TimelimitRaw,State,AllocTRES,ReqTRES,ReqMem,NNodes,User,Account,Partition";

class HistoryImport {
 public:
  // The trace is written as it is read, to where `place` says when there is a first job.
  explicit HistoryImport(std::function<std::filesystem::path()> place) : place_(std::move(place)) {}

  // Adds the jobs of one table of sacct. Lines that are none are counted. Fails if it lacks a column, or is no text.
  // O(length), in memory of the names of accounts and partitions.
  Result<void> add(simulate::TextSource text);
  // Writes what is left. Fails if there was no job and a line that could not be read.
  Result<void> close();

  std::uint64_t jobs() const { return jobs_; }
  std::uint64_t jobs_with_gpus() const { return jobs_with_gpus_; }
  const std::set<std::string>& accounts() const { return accounts_; }
  const std::map<std::string, std::uint64_t>& partitions() const { return partitions_; }
  // The longest run of a job without a time limit.
  Duration longest_unlimited() const { return longest_unlimited_; }
  Time first_submit() const { return first_; }
  Time last_submit() const { return last_; }
  void tell(Notes& notes) const;

 private:
  Result<void> write(const simulate::TraceRow& row);
  void count(const simulate::TraceRow& row);

  std::function<std::filesystem::path()> place_;
  std::optional<simulate::CsvFile> file_;
  std::uint64_t jobs_ = 0;
  std::uint64_t jobs_with_gpus_ = 0;
  std::uint64_t unreadable_ = 0;
  std::vector<std::string> first_unreadable_;
  std::map<std::string, std::uint64_t, std::less<>> left_out_;  // by reason
  std::set<std::string> accounts_;
  std::map<std::string, std::uint64_t> partitions_;
  Duration longest_unlimited_;
  Time first_ = Time::never();
  Time last_;
};

}  // namespace dure::importing
