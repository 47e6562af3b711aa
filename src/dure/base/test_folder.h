// A folder for a test, that goes away with it.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace dure {

class TempFolder {
 public:
  // In memory where that is to be had: no test can cut the power, so none needs to wait for a disk.
  TempFolder() : TempFolder(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path()) {}
  explicit TempFolder(const std::filesystem::path& parent) {
    std::string name = (parent / "dure-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  // Somebody, such as a supervisor, may write a last file just now.
  ~TempFolder() {
    std::error_code error;
    for (int tries = 0; tries < 100 && std::filesystem::exists(path_, error); ++tries) {
      std::filesystem::remove_all(path_, error);
    }
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace dure
