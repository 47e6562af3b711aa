// What `sacctmgr -P show ...` prints: a header, and rows with '|' between fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/import/slurm_records.h"

namespace dure::importing {

// Settings as Slurm writes them, by what it calls them: {"MaxJobs", "5"}.
using SlurmSettings = std::vector<std::pair<std::string, std::string>>;

class SlurmTable {
 public:
  struct Row {
    std::uint64_t line = 0;
    std::vector<std::string> fields;  // as many as there are columns
  };

  // Fails at a row with more or fewer fields than the header, and without one of the columns `needed`.
  static Result<SlurmTable> read(const SlurmText& text, const std::vector<std::string_view>& needed);

  const std::vector<Row>& rows() const { return rows_; }
  // The field of that column; "" where there is none.
  const std::string& field(const Row& row, std::string_view column) const;
  // What the row says in columns other than these, but for what is as Slurm has it unless told otherwise.
  SlurmSettings settings(const Row& row, const std::vector<std::string_view>& but) const;

 private:
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace dure::importing
