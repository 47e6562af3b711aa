#include "dure/spec/batch_line.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace dure::spec {
namespace {

constexpr std::string_view mark = "#SBATCH";
constexpr std::string_view blanks = " \t\r\v\f";

// Takes words off the front of a line. A `#` outside quotes begins a comment.
class WordCutter {
 public:
  WordCutter(std::string_view line, Place begin, Mistakes& mistakes)
      : line_(line), begin_(begin), mistakes_(mistakes) {}

  std::optional<Word> next() {
    at_ = std::min(line_.find_first_not_of(blanks, at_), line_.size());
    if (at_ == line_.size() || line_[at_] == '#') return std::nullopt;
    Word word{.text = {}, .place = place()};
    while (at_ < line_.size() && line_[at_] != '#' && blanks.find(line_[at_]) == std::string_view::npos) {
      take_character(word.text);
    }
    return word;
  }

 private:
  Place place() const {
    const std::string_view before = line_.substr(0, at_);
    const auto begins_character = [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0u) != 0x80u; };
    Place place = begin_;
    place.column += static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), begins_character));
    return place;
  }

  void take_character(std::string& into) {
    const char c = line_[at_];
    if (c == '"' || c == '\'') {
      take_quoted(into);
    } else {
      take_escaped(into);
    }
  }

  // Takes one character, or the one after a backslash.
  void take_escaped(std::string& into) {
    if (line_[at_] == '\\') ++at_;
    if (at_ < line_.size()) into += line_[at_++];
  }

  void take_quoted(std::string& into) {
    const Place begin = place();
    const char quote = line_[at_++];
    while (at_ < line_.size() && line_[at_] != quote) take_escaped(into);
    if (at_ == line_.size()) mistakes_.add(begin, "", "found a quote that is never closed", "close it on this line");
    at_ = std::min(at_ + 1, line_.size());
  }

  std::string_view line_;
  Place begin_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
};

BatchLine split(std::string_view line, Place begin, Mistakes& mistakes) {
  WordCutter words(line, begin, mistakes);
  BatchLine split;
  while (auto word = words.next()) split.push_back(*std::move(word));
  return split;
}

std::string_view without_indentation(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(blanks), line.size()));
}

}  // namespace

BatchLines split_batch_script(std::string_view script, std::uint32_t source, Mistakes& mistakes) {
  BatchLines found;
  bool is_before_commands = true;
  for (std::uint32_t number = 1; !script.empty(); ++number) {
    const std::string_view line = script.substr(0, script.find('\n'));
    script.remove_prefix(std::min(line.size() + 1, script.size()));
    const std::string_view text = without_indentation(line);
    if (is_before_commands && line.starts_with(mark)) {
      const Place begin{.source = source, .line = number, .column = static_cast<std::uint32_t>(mark.size()) + 1};
      found.lines.push_back(split(line.substr(mark.size()), begin, mistakes));
    } else if (text.starts_with(mark)) {
      found.passed_over.push_back({.source = source, .line = number, .column = 1});
    } else if (!text.empty() && text.front() != '#') {
      is_before_commands = false;
    }
  }
  return found;
}

}  // namespace dure::spec
