// The files of the repository, as the tidy rules read them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dure::tidy {

struct File {
  std::string path;  // from the root of the repository, with `/`
  std::string text;  // empty for a file that is not text
  std::uintmax_t size = 0;

  std::string_view name() const;
  std::string_view folder() const;  // without a trailing `/`; empty at the root
  bool is_in(std::string_view folder) const;
  bool ends_with(std::string_view suffix) const;
  bool is_cpp() const;
};

// In order of path.
using Tree = std::vector<File>;

// Returns what git tracks or would track below `root`; without git, every file but build/, out/ and hidden
// folders.
Tree read_tree(const std::filesystem::path& root);

const File* find(const Tree& tree, std::string_view path);

std::vector<std::string_view> lines(std::string_view text);

// Returns C++ text with comments and the insides of literals blanked; positions and lines stay.
std::string code_of(std::string_view text);

// Returns the position of `word` at or after `from`, not as a part of a longer identifier, or npos.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);

// Returns the 1-based line of a position.
int line_at(std::string_view text, std::size_t position);

}  // namespace dure::tidy
