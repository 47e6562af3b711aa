#include "dure/cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "dure/spec/text_check.h"

namespace dure::cli {
namespace {

constexpr std::array<std::string_view, 5> colour_codes{"", "2", "31", "32", "33"};

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

void append_printable(std::string& line, spec::Character character, std::string_view bytes, Lines lines) {
  const bool is_space = character.code == '\n' || character.code == '\t' || character.code == '\r';
  const bool is_hidden = spec::is_control(character.code) || spec::is_direction_mark(character.code);
  if (character.bytes == 0 || is_hidden || character.code == 0x85) {
    line += '?';
  } else if (is_space && (lines == Lines::one || character.code == '\r')) {
    line += ' ';
  } else {
    line += bytes;
  }
}

}  // namespace

Console Console::of_process() {
  Console console;
  console.is_terminal = isatty(STDOUT_FILENO) != 0;
  if (!console.is_terminal) return console;
  console.has_colours = !is_set("NO_COLOR");
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    console.width = size.ws_col;
    console.height = size.ws_row;
  }
  return console;
}

void Console::print(std::string_view text) const { std::fwrite(text.data(), 1, text.size(), out); }

void Console::print_line(std::string_view line) const {
  print(line);
  std::fputc('\n', out);
}

void Console::note(std::string_view line) const {
  std::fflush(out);
  fmt::print(err, "{}\n", line);
}

void Console::flush() const { std::fflush(out); }

std::string Console::painted(std::string_view text, Colour colour) const {
  if (!has_colours || colour == Colour::none) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour_codes[static_cast<std::size_t>(colour)], text);
}

int Console::complain(const Error& error) const {
  note(printable(error.message, Lines::many));
  return exit_code(error.code);
}

std::string printable(std::string_view text, Lines lines) {
  std::string line;
  while (!text.empty()) {
    const spec::Character character = spec::front_character(text);
    const std::size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    append_printable(line, character, text.substr(0, bytes), lines);
    text.remove_prefix(bytes);
  }
  return line;
}

}  // namespace dure::cli
