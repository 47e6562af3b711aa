// The journal's second witness: how far it had come when last something was acknowledged. SQLite drops a torn tail of
// its log without a word; this file tells.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "dure/base/result.h"
#include "dure/journal/audit.h"
#include "dure/journal/fact_row.h"
#include "dure/journal/file.h"

namespace dure {

struct Head {
  Link link;       // the last turn
  AuditEnd audit;  // the last row of the audit log
  bool operator==(const Head&) const = default;
};

// Two slots, each in a disk block of its own and written in turn: a write that is cut off leaves the other.
class HeadFile {
 public:
  static constexpr std::size_t slot_bytes = 128;
  static constexpr std::size_t slot_distance = 4096;

  // Reads what there is; nothing is created.
  static Result<HeadFile> open(const std::filesystem::path& path);
  // Makes a file that says `head`, on the disk when this returns.
  static Result<HeadFile> create(const std::filesystem::path& path, const Head& head);

  // The newest slot that is whole; nullopt if there is none.
  std::optional<Head> newest() const;
  // Over the older slot; on the disk when this returns.
  Result<void> write(const Head& head);

 private:
  File file_;
  std::array<std::optional<Head>, 2> slots_;
};

// What the head file in a folder says; nullopt if there is none, or it says nothing.
Result<std::optional<Head>> read_head(const std::filesystem::path& folder);

}  // namespace dure
