// What an import could not carry over, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dure::importing {

struct Note {
  std::string place;   // what it is about: "partition debug", "3 lines of sacct"
  std::string lost;    // what is not as it was
  std::string remedy;  // what to do, if anything

  bool operator==(const Note&) const = default;
};

using Notes = std::vector<Note>;

// `a, b, c, d and 7 more`; five are all named. Requires names.
std::string some_of(const std::vector<std::string>& names);
// `1 node`, `2 nodes`.
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace dure::importing
