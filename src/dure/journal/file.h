// Files by descriptor: what the journal needs beside SQLite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "dure/base/result.h"

namespace dure {

// Invariant: holds a descriptor that is open, or none. Never inherited by a program that this one starts.
class File {
 public:
  // Flags as for open(2). Creates with mode 0600.
  static Result<File> open(const std::filesystem::path& path, int flags);

  File() = default;
  File(File&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  int descriptor() const { return descriptor_; }
  // Returns how many bytes there were, at most as many as asked for.
  Result<std::size_t> read_at(std::size_t offset, std::span<std::byte> bytes) const;
  Result<void> write_at(std::size_t offset, std::span<const std::byte> bytes) const;
  // Returns when what was written is on the disk.
  Result<void> sync() const;
  // An error with the reason that errno gives.
  tl::unexpected<Error> error(const char* what) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

// Returns when the names in the folder are on the disk.
Result<void> sync_folder(const std::filesystem::path& folder);

// Locks the file at `path` for this process, or says which one has it.
Result<File> lock_folder(const std::filesystem::path& folder);

}  // namespace dure
