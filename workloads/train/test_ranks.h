// Runs dure-train as processes of its own, for tests.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dure::train {

// A fresh folder, removed at the end of its life.
class TestFolder {
 public:
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

// A port of this machine that nobody else is given meanwhile: bound, but not listened on.
class TestPort {
 public:
  TestPort();
  TestPort(const TestPort&) = delete;
  TestPort& operator=(const TestPort&) = delete;
  ~TestPort();

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

struct Outcome {
  int status = 0;  // as a shell shows it: 137 after KILL
  std::string out;
  std::string err;
};

using Words = std::vector<std::string>;

// One process. Its output is read while it runs, or at its end.
class TestRank {
 public:
  TestRank(const Words& arguments, const Words& environment);
  TestRank(const TestRank&) = delete;
  TestRank& operator=(const TestRank&) = delete;
  ~TestRank();  // kills what still runs

  // Waits for a line that contains `text`; returns false if the process ends without.
  bool wait_for(const std::string& text);
  void send(int signal) const;
  Outcome wait();

 private:
  bool read_more();

  TestFolder folder_;
  pid_t process_ = 0;
  int output_ = -1;
  std::string out_;
};

// The environment of one of several ranks.
Words place_of(std::uint32_t rank, std::uint32_t width, const TestPort& port);

// Runs `width` ranks to their end, each with `common` and its own arguments.
std::vector<Outcome> run_ranks(std::uint32_t width, const Words& common, const std::vector<Words>& own = {});

}  // namespace dure::train
