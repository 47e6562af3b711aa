// A console whose text tests read.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "dure/cli/console.h"

namespace dure::cli {

class TestConsole {
 public:
  explicit TestConsole(std::size_t width = 0)
      : console{
            .out = ::open_memstream(&out_, &out_size_), .err = ::open_memstream(&err_, &err_size_), .width = width} {}
  ~TestConsole() {
    std::fclose(console.out);
    std::fclose(console.err);
    std::free(out_);
    std::free(err_);
  }
  TestConsole(const TestConsole&) = delete;
  TestConsole& operator=(const TestConsole&) = delete;

  std::string out() const {
    std::fflush(console.out);
    return {out_, out_size_};
  }
  std::string err() const {
    std::fflush(console.err);
    return {err_, err_size_};
  }

 private:
  char* out_ = nullptr;
  char* err_ = nullptr;
  std::size_t out_size_ = 0;
  std::size_t err_size_ = 0;

 public:
  Console console;
};

}  // namespace dure::cli
