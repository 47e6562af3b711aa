#include "dure/spec/value.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>
#include <tuple>
#include <utility>

#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

// Turns the parser's marks, which count bytes from 0, into places.
class Places {
 public:
  Places(std::string_view text, std::uint32_t source) : text_(text), source_(source) {}

  Place operator()(const YAML::Mark& mark) {
    if (mark.is_null()) return {.source = source_, .line = 1, .column = 1};
    const auto column = static_cast<std::size_t>(mark.column);
    const auto position = static_cast<std::size_t>(mark.pos);
    return {.source = source_,
            .line = static_cast<std::uint32_t>(mark.line) + 1,
            .column = characters(position - std::min(column, position), column) + 1};
  }

  // The blanks that begin the line of that mark.
  std::string_view indentation(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.pos < mark.column) return {};
    const auto begin = std::min(static_cast<std::size_t>(mark.pos - mark.column), text_.size());
    const std::string_view line = text_.substr(begin);
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  }

 private:
  // The number of characters in the first `bytes` of a line. Goes on from the last answer for the same line,
  // so that one long line costs its length once.
  std::uint32_t characters(std::size_t line_begin, std::size_t bytes) {
    if (line_begin != line_begin_ || bytes < bytes_) {
      line_begin_ = line_begin;
      bytes_ = 0;
      characters_ = 0;
    }
    for (; bytes_ < bytes && line_begin_ + bytes_ < text_.size(); ++bytes_) {
      const auto byte = static_cast<std::uint8_t>(text_[line_begin_ + bytes_]);
      if ((byte & 0xC0u) != 0x80u) ++characters_;
    }
    return characters_;
  }

  std::string_view text_;
  std::uint32_t source_;
  std::size_t line_begin_ = 0;
  std::size_t bytes_ = 0;
  std::uint32_t characters_ = 0;
};

// Thrown out of the parser when going on makes no sense; the mistake has been recorded.
struct Stop {};

// Builds the tree. The parser reports a collection before it descends into it, so the depth is known in time.
class YamlBuilder final : public YAML::EventHandler {
 public:
  YamlBuilder(Places& places, Mistakes& mistakes) : places_(places), mistakes_(mistakes) {}

  Value take_root() { return std::move(root_); }
  // Where the innermost collection that is still open begins.
  std::optional<Place> innermost() const {
    if (open_.empty()) return std::nullopt;
    return open_.back().value.place;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0)
      stop(places_(mark), "found more text after the end of the document", "keep one document in a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { finish(leaf(Kind::null, mark)); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    mistakes_.add(places_(mark), "", "found an alias", "write the value itself there");
    finish(leaf(Kind::refused, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& text) override {
    check_tag(mark, tag);
    Value value = leaf(Kind::scalar, mark);
    value.is_quoted = tag == "!";
    value.text = text;
    finish(std::move(value));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(Kind::sequence, mark, tag);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(Kind::mapping, mark, tag);
  }
  void OnMapEnd() override {
    refuse_repeated_keys(open_.back().value, mistakes_);
    close();
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    mistakes_.add(places_(mark), "", "found the anchor " + quote(name),
                  "remove it: anchors and aliases are not accepted");
  }

 private:
  struct Open {
    Value value;
    bool has_key = false;  // of a mapping: its last entry waits for its value
  };

  [[noreturn]] void stop(Place place, std::string_view found, std::string_view remedy) {
    mistakes_.add(place, "", found, remedy);
    throw Stop{};
  }

  Value leaf(Kind kind, const YAML::Mark& mark) {
    if (++values_ > most_values) {
      stop(places_(mark), fmt::format("found more than {} values", most_values), "split the file");
    }
    Value value;
    value.kind = kind;
    value.place = places_(mark);
    return value;
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "!" || tag == "?") return;
    mistakes_.add(places_(mark), "", "found the tag " + quote(tag), "remove it: tags are not accepted");
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag) {
    check_tag(mark, tag);
    if (open_.size() == deepest_nesting) {
      stop(places_(mark), fmt::format("found lists and mappings nested more than {} deep", deepest_nesting),
           "nest them less");
    }
    open_.push_back({.value = leaf(kind, mark)});
  }

  void close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    finish(std::move(value));
  }

  void finish(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == Kind::sequence) {
      parent.value.items.push_back(std::move(value));
    } else if (parent.has_key) {
      parent.value.entries.back().value = std::move(value);
      parent.has_key = false;
    } else {
      parent.value.entries.push_back({.key = key_text(value), .key_place = value.place, .value = {}});
      parent.has_key = true;
    }
  }

  // Returns an empty text for what is no key; its entry is dropped when the mapping ends.
  std::string key_text(Value& key) {
    if (key.kind != Kind::refused && key.text.empty()) {
      mistakes_.add(key.place, "", fmt::format("found {} as a key", describe(key)), "write plain text before the ':'");
    }
    return std::move(key.text);
  }

  Places& places_;
  Mistakes& mistakes_;
  std::vector<Open> open_;
  Value root_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

// What the parser says, in words that help.
struct YamlExplanation {
  std::string_view parser_says;
  std::string_view found;
  std::string_view remedy;
  bool at_innermost = false;  // the parser names the end of the file; where the open collection begins helps more
};

const std::array<YamlExplanation, 11> yaml_explanations{{
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "found an alias", "write the value itself there", false},
    {YAML::ErrorMsg::MAP_VALUE, "found a ':' where no value can begin",
     "put quotes around text that contains ': ', or check the line above and the indentation", false},
    {YAML::ErrorMsg::MAP_KEY, "found a key where none can begin", "check the indentation and the brackets", false},
    {YAML::ErrorMsg::BLOCK_ENTRY, "found a '-' where no list can begin", "put it on a line of its own", false},
    {YAML::ErrorMsg::END_OF_MAP, "found text that belongs to no key", "check the indentation and the ':'", false},
    {YAML::ErrorMsg::END_OF_SEQ, "found text that belongs to no item", "check the indentation and the '-'", false},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "found a '{' that is never closed", "close it with '}'", true},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "found a '[' that is never closed", "close it with ']'", true},
    {YAML::ErrorMsg::FLOW_END, "found a closing bracket without its opening one", "remove it", false},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "found a quote that is never closed", "close it", false},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "found a character that cannot begin a value", "put the text in quotes", false},
}};

void report(const YAML::ParserException& error, Places& places, const YamlBuilder& builder, Mistakes& mistakes) {
  if (places.indentation(error.mark).find('\t') != std::string_view::npos) {
    mistakes.add(places(error.mark), "", "found a tab in the indentation", "indent with spaces");
    return;
  }
  for (const YamlExplanation& explanation : yaml_explanations) {
    if (error.msg != explanation.parser_says) continue;
    const Place at = places(error.mark);
    const Place place = explanation.at_innermost ? builder.innermost().value_or(at) : at;
    mistakes.add(place, "", explanation.found, explanation.remedy);
    return;
  }
  mistakes.add(places(error.mark), "", fmt::format("found no valid YAML: {}", error.msg), "correct it");
}

// The parser reads a flow collection to its end before it reports it, at a hundred bytes a bracket. A row of
// brackets that no file of ours has is refused before that.
std::optional<std::size_t> find_bracket_row(std::string_view text) {
  std::size_t row = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') {
      if (++row > deepest_nesting) return i;
    } else if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r') {
      row = 0;
    }
  }
  return std::nullopt;
}

Place place_of(std::string_view text, std::size_t position, std::uint32_t source) {
  const std::string_view before = text.substr(0, position);
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return {.source = source,
          .line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = static_cast<std::uint32_t>(position - line_begin) + 1};
}

bool is_readable(std::string_view text, std::uint32_t source, Mistakes& mistakes) {
  if (text.size() > most_text_bytes) {
    mistakes.add({.source = source}, "", fmt::format("found {} bytes", text.size()),
                 fmt::format("keep a file below {} MiB", most_text_bytes / (1024 * 1024)));
    return false;
  }
  if (const auto bad = find_bad_text(text)) {
    mistakes.add({.source = source, .line = bad->line, .column = bad->column}, "", bad->found, bad->remedy);
    return false;
  }
  if (const auto position = find_bracket_row(text)) {
    mistakes.add(place_of(text, *position, source), "",
                 fmt::format("found lists and mappings nested more than {} deep", deepest_nesting), "nest them less");
    return false;
  }
  return true;
}

// So many keys are compared each with each sooner than sorted.
constexpr std::size_t few_entries = 24;

bool has_strange_key(const std::vector<Entry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].key.empty()) return true;
    for (std::size_t j = 0; j < i; ++j) {
      if (entries[j].key == entries[i].key) return true;
    }
  }
  return false;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

void refuse_repeated_keys(Value& mapping, Mistakes& mistakes) {
  std::vector<Entry>& entries = mapping.entries;
  if (entries.size() <= few_entries && !has_strange_key(entries)) return;
  std::erase_if(entries, [](const Entry& entry) { return entry.key.empty(); });
  std::vector<std::size_t> by_key(entries.size());
  std::iota(by_key.begin(), by_key.end(), std::size_t{0});
  std::sort(by_key.begin(), by_key.end(),
            [&](std::size_t a, std::size_t b) { return std::tie(entries[a].key, a) < std::tie(entries[b].key, b); });
  std::vector<bool> repeats(entries.size(), false);
  for (std::size_t i = 1, first = 0; i < by_key.size(); ++i) {
    const Entry& earlier = entries[by_key[first]];
    const Entry& later = entries[by_key[i]];
    if (earlier.key != later.key) {
      first = i;
      continue;
    }
    repeats[by_key[i]] = true;
    mistakes.add(later.key_place, "", fmt::format("found the key {} a second time", quote(later.key)),
                 fmt::format("keep one; the first is on line {}", earlier.key_place.line));
  }
  std::size_t i = 0;
  std::erase_if(entries, [&](const Entry&) { return repeats[i++]; });
}

std::optional<Value> parse(std::string_view text, std::uint32_t source, Mistakes& mistakes) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (!is_readable(text, source, mistakes)) return std::nullopt;

  Places places(text, source);
  YamlBuilder builder(places, mistakes);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& error) {
    report(error, places, builder, mistakes);
    return std::nullopt;
  } catch (const Stop&) {
    return std::nullopt;
  }
  Value root = builder.take_root();
  if (root.place.line == 0) root.place = {.source = source, .line = 1, .column = 1};
  return root;
}

std::string quote(std::string_view text) {
  constexpr std::size_t most_bytes = 60;
  std::string quoted = "'";
  while (!text.empty()) {
    const Character character = front_character(text);
    if (quoted.size() > most_bytes) return quoted + "...'";
    if (character.bytes == 0) {
      quoted += "\\?";
      text.remove_prefix(1);
      continue;
    }
    if (is_control(character.code) || (character.code != ' ' && is_blank(character.code))) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(character.code));
    } else {
      quoted += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return quoted + "'";
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: {
      if (value.is_quoted) return "the text " + quote(value.text);
      const bool is_word = value.text.size() <= 40 &&
                           std::all_of(value.text.begin(), value.text.end(), [](char c) { return c > ' ' && c < 127; });
      return is_word ? value.text : quote(value.text);
    }
    case Kind::sequence: return value.items.empty() ? "an empty list" : "a list";
    case Kind::mapping: return value.entries.empty() ? "an empty mapping" : "a mapping";
    case Kind::refused: return "what is refused above";
  }
  return "";
}

}  // namespace dure::spec
