// A folder that goes away.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace dure::e2e {

// In memory where that is to be had: no test can cut the power, so none needs to wait for a disk.
class TempFolder {
 public:
  TempFolder() {
    const bool has_memory = ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = has_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "dure-e2e-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  // A supervisor may write its last record just now.
  ~TempFolder() {
    std::error_code error;
    for (int tries = 0; tries < 100 && std::filesystem::exists(path_); ++tries)
      std::filesystem::remove_all(path_, error);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dure::e2e
