#include "tree.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

namespace dure::tidy {
namespace {

bool is_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct ClosePipe {
  void operator()(std::FILE* pipe) const { pclose(pipe); }
};

// Returns nothing where there is no git or no repository.
std::vector<std::string> paths_from_git(const std::filesystem::path& root) {
  const std::string command = "git -c safe.directory='*' -C '" + root.string() +
                              "' ls-files -z --cached --others --exclude-standard 2>/dev/null";
  const std::unique_ptr<std::FILE, ClosePipe> pipe(popen(command.c_str(), "r"));
  std::vector<std::string> paths;
  std::string path;
  for (int c = 0; pipe && (c = std::getc(pipe.get())) != EOF;) {
    if (c != '\0') {
      path.push_back(static_cast<char>(c));
    } else {
      paths.push_back(std::move(path));
      path.clear();
    }
  }
  return paths;
}

std::vector<std::string> paths_from_folder(const std::filesystem::path& root) {
  std::vector<std::string> paths;
  for (auto entry = std::filesystem::recursive_directory_iterator(root); entry != std::filesystem::end(entry);
       ++entry) {
    const std::string path = entry->path().lexically_relative(root).generic_string();
    const bool is_ours = path != "build" && path != "out" && path != ".git" && path != ".cache" &&
                         path != "portal/node_modules" && path != "portal/dist" && path != "portal/.test";
    if (!is_ours) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      paths.push_back(path);
    }
  }
  return paths;
}

File read_file(const std::filesystem::path& root, const std::string& path) {
  File file{.path = path, .text = {}, .size = std::filesystem::file_size(root / path)};
  std::ifstream stream(root / path, std::ios::binary);
  file.text.assign(std::istreambuf_iterator<char>(stream), {});
  if (file.text.find('\0') != std::string::npos) file.text.clear();
  return file;
}

// Blanks [begin, end) but for line ends.
void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

// Returns the position after the literal that a quote at `begin` opens.
std::size_t end_of_literal(std::string_view text, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < text.size() && text[end] != text[begin] && text[end] != '\n') end += text[end] == '\\' ? 2u : 1u;
  return end + 1;
}

// `begin` is at the quote of R"tag(...)tag".
std::size_t end_of_raw_literal(std::string_view text, std::size_t begin) {
  const std::size_t open = text.find('(', begin);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(begin + 1, open - begin - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

}  // namespace

std::string_view File::name() const { return std::string_view(path).substr(path.rfind('/') + 1); }

std::string_view File::folder() const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash);
}

bool File::is_in(std::string_view parent) const {
  return parent.empty() || (path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/');
}

bool File::ends_with(std::string_view suffix) const { return path.ends_with(suffix); }

bool File::is_cpp() const { return ends_with(".h") || ends_with(".cc"); }

Tree read_tree(const std::filesystem::path& root) {
  std::vector<std::string> paths = paths_from_git(root);
  if (paths.empty()) paths = paths_from_folder(root);
  std::sort(paths.begin(), paths.end());
  Tree tree;
  for (const std::string& path : paths) {
    if (std::filesystem::is_regular_file(root / path)) tree.push_back(read_file(root, path));
  }
  return tree;
}

const File* find(const Tree& tree, std::string_view path) {
  const auto found = std::find_if(tree.begin(), tree.end(), [&](const File& file) { return file.path == path; });
  return found == tree.end() ? nullptr : &*found;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string code_of(std::string_view text) {
  std::string code(text);
  for (std::size_t i = 0; i < text.size();) {
    const bool in_word = i > 0 && is_identifier(text[i - 1]);
    std::size_t end = i + 1;
    if (text.substr(i).starts_with("//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(code, i, end);
    } else if (text.substr(i).starts_with("/*")) {
      end = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
      blank(code, i, end);
    } else if (text[i] == '"' && in_word && text[i - 1] == 'R') {
      end = end_of_raw_literal(text, i);
      blank(code, i + 1, end - 1);
    } else if (text[i] == '"' || (text[i] == '\'' && !in_word)) {  // in a word it separates digits
      end = end_of_literal(text, i);
      blank(code, i + 1, end - 1);
    }
    i = end;
  }
  return code;
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = !is_identifier(word.front()) || at == 0 || !is_identifier(text[at - 1]);
    const bool ends = !is_identifier(word.back()) || end == text.size() || !is_identifier(text[end]);
    if (begins && ends) return at;
  }
  return std::string_view::npos;
}

int line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

}  // namespace dure::tidy
