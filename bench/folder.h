// A folder of its own below $DURE_BENCH_FOLDER, or else the working directory, gone with its owner: what is measured is
// that disk.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "dure/base/assert.h"

namespace dure::bench {

inline std::string disk() {
  const char* parent = std::getenv("DURE_BENCH_FOLDER");
  return parent == nullptr ? "." : parent;
}

class Folder {
 public:
  explicit Folder(const std::string& parent = disk()) {
    std::string name = parent + "/dure-bench-XXXXXX";
    DURE_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dure::bench
