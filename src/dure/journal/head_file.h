// The journal's second witness: how far it had come when last something was acknowledged. SQLite drops a torn tail of
// its log without a word; this file tells.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "dure/base/result.h"
#include "dure/journal/fact_row.h"
#include "dure/journal/file.h"

namespace dure {

// Two slots, each in a disk block of its own and written in turn: a write that is cut off leaves the other.
class HeadFile {
 public:
  static constexpr std::size_t slot_bytes = 64;
  static constexpr std::size_t slot_distance = 4096;

  // Reads what there is; nothing is created.
  static Result<HeadFile> open(const std::filesystem::path& path);
  // Makes a file that says `link`, on the disk when this returns.
  static Result<HeadFile> create(const std::filesystem::path& path, Link link);

  // The newest slot that is whole; nullopt if there is none.
  std::optional<Link> newest() const;
  // Over the older slot; on the disk when this returns.
  Result<void> write(Link link);

 private:
  File file_;
  std::array<std::optional<Link>, 2> slots_;
};

}  // namespace dure
