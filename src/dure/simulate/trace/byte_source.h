// Bytes read in order from somewhere.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dure/base/result.h"

namespace dure::simulate {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills the front of `out`, which is not empty. Returns how many bytes came; 0 only at the end.
  virtual Result<std::size_t> read(std::span<char> out) = 0;
};

class FileBytes : public ByteSource {
 public:
  static Result<std::unique_ptr<ByteSource>> open(const std::string& path);
  Result<std::size_t> read(std::span<char> out) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  FileBytes(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

class MemoryBytes : public ByteSource {
 public:
  // What `bytes` points to must outlive this.
  explicit MemoryBytes(std::string_view bytes) : rest_(bytes) {}
  Result<std::size_t> read(std::span<char> out) override;

 private:
  std::string_view rest_;
};

}  // namespace dure::simulate
