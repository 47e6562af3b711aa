// Where a command writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "dure/base/result.h"

namespace dure::cli {

enum class Colour : std::uint8_t { none, dim, red, green, yellow };

// The files are borrowed and must outlive it.
struct Console {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  std::size_t width = 0;     // of a line, in columns; 0: any
  std::size_t height = 0;    // of the screen, in lines; 0: any
  bool is_terminal = false;  // `out` is one
  bool has_colours = false;

  // That of this process. Colours need a terminal and no NO_COLOR.
  static Console of_process();

  void print(std::string_view text) const;
  void print_line(std::string_view line) const;
  // What is for the person and not for a pipe.
  void note(std::string_view line) const;
  // Writes out what is held back, so that a reader of a pipe sees it now.
  void flush() const;

  std::string painted(std::string_view text, Colour colour) const;
  // Returns the exit code.
  int complain(const Error& error) const;
};

// Returns `text` with `?` for every character that would move the cursor, turns the direction of writing or is no
// UTF-8; tabs and line ends stay if `lines` says so, else they become blanks.
enum class Lines : std::uint8_t { one, many };
std::string printable(std::string_view text, Lines lines = Lines::one);

}  // namespace dure::cli
