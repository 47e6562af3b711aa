#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules.h"

namespace dure::tidy {
namespace {

// These files name what the rules look for.
bool is_own(const File& file) { return file.is_in("tests/tidy"); }

constexpr std::array<std::string_view, 4> promises{"TODO", "FIXME", "XXX", "HACK"};
constexpr std::array<std::string_view, 4> machine_folders{"/home/", "/root/", "/work/", "/Users/"};
constexpr std::uintmax_t size_limit = 400'000;

struct Line {
  int number = 0;
  std::string_view text;
};

// The lines of a Markdown file outside fenced code.
std::vector<Line> prose(const File& file) {
  std::vector<Line> result;
  bool fenced = false;
  int number = 0;
  for (std::string_view line : lines(file.text)) {
    ++number;
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string_view::npos && line.substr(first).starts_with("```")) {
      fenced = !fenced;
    } else if (!fenced) {
      result.push_back({number, line});
    }
  }
  return result;
}

// Takes the next `](target)` off the front of `text`.
std::optional<std::string_view> take_link(std::string_view& text) {
  const std::size_t open = text.find("](");
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t close = text.find(')', open);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view target = text.substr(open + 2, close - open - 2);
  text.remove_prefix(close);
  return target;
}

// True if `target`, seen from `file`, is a file or a folder of the tree.
bool resolves(const Tree& tree, const File& file, std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (target.empty()) return true;
  std::string path = (std::filesystem::path(file.folder()) / target).lexically_normal().generic_string();
  while (path.ends_with('/')) path.pop_back();
  if (path == "." || find(tree, path) != nullptr) return true;
  for (const File& other : tree) {
    if (other.is_in(path)) return true;
  }
  return false;
}

// What a document and its translation have in common: fenced code as it stands, the level of each heading, where links
// lead, but for those within a document and to each other.
struct Skeleton {
  std::string code;
  std::string levels;
  std::set<std::string> links;
};

Skeleton skeleton_of(const File& file) {
  Skeleton skeleton;
  const std::vector<Line> outside = prose(file);
  std::size_t next = 0;
  int number = 0;
  for (std::string_view line : lines(file.text)) {
    ++number;
    if (next < outside.size() && outside[next].number == number) {
      ++next;
      if (line.starts_with('#')) skeleton.levels += std::to_string(line.find_first_not_of('#'));
      while (const auto target = take_link(line)) {
        if (!target->starts_with('#') && !target->starts_with("README.")) skeleton.links.emplace(*target);
      }
    } else {
      skeleton.code.append(line) += '\n';
    }
  }
  return skeleton;
}

}  // namespace

Findings no_promises_in_place_of_work(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (is_own(file)) continue;
    for (std::string_view word : promises) {
      const std::size_t at = find_word(file.text, word);
      if (at == std::string_view::npos) continue;
      findings.push_back(
          {file.path, line_at(file.text, at), std::string(word) + ": do it, or open an issue and leave the word out"});
    }
  }
  return findings;
}

Findings no_machine_paths(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (is_own(file)) continue;
    for (std::string_view folder : machine_folders) {
      for (std::size_t at = file.text.find(folder); at != std::string::npos; at = file.text.find(folder, at + 1)) {
        const bool begins_path =
            at == 0 || std::string_view(" \n\t\"'`(=:<").find(file.text[at - 1]) != std::string_view::npos;
        if (!begins_path) continue;
        findings.push_back({file.path, line_at(file.text, at),
                            std::string(folder) + " is a folder of one machine; name it from the checkout"});
      }
    }
  }
  return findings;
}

Findings no_large_files(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (file.size <= size_limit) continue;
    findings.push_back(
        {file.path, 0,
         std::to_string(file.size / 1000) + " kB; foreign data and large outputs stay out of the repository"});
  }
  return findings;
}

Findings markdown_has_one_title(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!file.ends_with(".md")) continue;
    int titles = 0;
    for (const Line& line : prose(file)) titles += line.text.starts_with("# ") ? 1 : 0;
    if (titles != 1) findings.push_back({file.path, 0, std::to_string(titles) + " lines begin with `# `; one does"});
  }
  return findings;
}

Findings markdown_links_resolve(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!file.ends_with(".md")) continue;
    for (const Line& line : prose(file)) {
      std::string_view rest = line.text;
      while (const auto target = take_link(rest)) {
        if (target->find("://") != std::string_view::npos || target->starts_with("mailto:")) continue;
        if (!resolves(tree, file, *target)) {
          findings.push_back({file.path, line.number, "the link to " + std::string(*target) + " leads nowhere"});
        }
      }
    }
  }
  return findings;
}

Findings translations_keep_up(const Tree& tree) {
  Findings findings;
  for (const File& file : tree) {
    if (!file.ends_with(".ko.md")) continue;
    const std::string original = file.path.substr(0, file.path.size() - 6) + ".md";
    const File* other = find(tree, original);
    if (other == nullptr) {
      findings.push_back({file.path, 0, "there is no " + original + " that it translates"});
      continue;
    }
    const Skeleton ours = skeleton_of(file);
    const Skeleton theirs = skeleton_of(*other);
    const char* what = ours.code != theirs.code       ? "code"
                       : ours.levels != theirs.levels ? "headings"
                       : ours.links != theirs.links   ? "links"
                                                      : nullptr;
    if (what != nullptr)
      findings.push_back({file.path, 0, std::string(what) + " other than in " + original + "; change both together"});
  }
  return findings;
}

}  // namespace dure::tidy
