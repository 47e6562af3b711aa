// What processes print, carried from their pipes into files that stop growing at a bound. A process that prints more is
// not stopped nor slowed: what comes after the bound is read and dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/fd.h"

namespace dure::engine {

class OutputFile {
 public:
  // `bytes_max` counts what the file already holds, if it `appends`.
  static Result<OutputFile> open(const std::string& path, bool appends, std::int64_t bytes_max);

  const std::string& path() const { return path_; }
  void write(std::string_view text);

 private:
  void put(std::string_view text);

  std::string path_;
  Fd file_;
  std::int64_t bytes_left_ = 0;
  bool is_full_ = false;
};

class Outputs {
 public:
  explicit Outputs(std::int64_t bytes_max) : bytes_max_(bytes_max) {}

  // Returns the index of the file at `path`: tasks that name the same file share it, and its bound.
  Result<std::size_t> file(const std::string& path, bool appends);
  // Returns the end to write to of a new pipe into the file.
  Result<Fd> pipe_into(std::size_t file, int epoll);
  void write(std::size_t file, std::string_view text) { files_[file].write(text); }
  // Carries what is there from the pipe whose reading end is `fd`, once.
  void carry(int fd);
  // Carries what is left in all of them.
  void drain();

 private:
  struct Pipe {
    Fd reader;
    std::size_t file = 0;
  };
  enum class Left : std::uint8_t { more, nothing_now, closed };
  Left read_once(const Pipe& pipe);

  std::int64_t bytes_max_;
  std::deque<OutputFile> files_;
  std::vector<Pipe> pipes_;
};

}  // namespace dure::engine
