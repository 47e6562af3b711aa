#include "dure/spec/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

namespace json = boost::json;

// Follows the parser through the text. The parser tells what it has read, token by token, but not where: the cursor
// steps over the same tokens, which are known to be well formed, and counts lines and characters.
class Cursor {
 public:
  Cursor(std::string_view text, std::uint32_t source) : text_(text), source_(source) {}

  // Steps to the beginning of the next token.
  Place next_token() {
    while (at_ < text_.size() && is_between_tokens(text_[at_])) step();
    return place();
  }
  void step_over_bracket() { step(); }
  // Steps over a number, true, false or null, and returns it.
  std::string_view step_over_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_between_tokens(text_[at_]) && text_[at_] != ']' && text_[at_] != '}') step();
    return text_.substr(begin, at_ - begin);
  }
  // Texts are long and have no line breaks: found and counted many bytes at a time.
  void step_over_text() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find('"', begin + 1), text_.size());
    while (is_escaped(at_, begin)) at_ = std::min(text_.find('"', at_ + 1), text_.size());
    at_ = std::min(at_ + 1, text_.size());
    const std::string_view passed = text_.substr(begin, at_ - begin);
    column_ += static_cast<std::uint32_t>(std::count_if(passed.begin(), passed.end(), begins_character));
  }
  // Steps to that byte, and not back.
  Place step_to(std::size_t position) {
    while (at_ < std::min(position, text_.size())) step();
    return place();
  }

 private:
  static bool is_between_tokens(char c) {
    return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\t' || c == '\r';
  }

  static bool begins_character(char c) { return (static_cast<std::uint8_t>(c) & 0xC0u) != 0x80u; }

  // Whether an odd number of backslashes stands before the quote at `position`.
  bool is_escaped(std::size_t position, std::size_t begin) const {
    if (position >= text_.size()) return false;
    std::size_t first = position;
    while (first > begin + 1 && text_[first - 1] == '\\') --first;
    return (position - first) % 2 == 1;
  }

  Place place() const { return {.source = source_, .line = line_, .column = column_}; }

  void step() {
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if (begins_character(c)) {
      ++column_;
    }
  }

  std::string_view text_;
  std::uint32_t source_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;  // of the character at `at_`
};

// Builds the tree from the parser's events. Values wait on two stacks until what they are part of ends, and then move
// into it together.
class JsonBuilder {
 public:
  // Bounds of the parser that ours make superfluous; it asks for them by these names.
  static constexpr std::size_t max_array_size = most_text_bytes;
  static constexpr std::size_t max_object_size = most_text_bytes;
  static constexpr std::size_t max_string_size = most_text_bytes;
  static constexpr std::size_t max_key_size = most_text_bytes;

  JsonBuilder(Cursor& cursor, Mistakes& mistakes) : cursor_(cursor), mistakes_(mistakes) {}

  Value take_root() { return std::move(root_); }
  bool has_stopped() const { return has_stopped_; }
  // The innermost collection that is still open.
  const Value* innermost() const { return open_.empty() ? nullptr : &open_.back(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& error) { return open(Kind::mapping, error); }
  bool on_object_end(std::size_t size, json::error_code&) {
    Value value = close();
    move_last(entries_, size, value.entries);
    refuse_repeated_keys(value, mistakes_);
    finish(std::move(value));
    return true;
  }
  bool on_array_begin(json::error_code& error) { return open(Kind::sequence, error); }
  bool on_array_end(std::size_t size, json::error_code&) {
    Value value = close();
    move_last(items_, size, value.items);
    finish(std::move(value));
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return keep_part(part); }
  bool on_key(json::string_view last, std::size_t, json::error_code&) {
    Entry& entry = entries_.emplace_back();
    entry.key_place = cursor_.next_token();
    entry.key = take_text(last);
    cursor_.step_over_text();
    if (entry.key.empty()) {
      mistakes_.add(entry.key_place, "", "found '' as a key", "write plain text before the ':'");
    }
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return keep_part(part); }
  bool on_string(json::string_view last, std::size_t, json::error_code& error) {
    Value value = leaf(Kind::scalar);
    value.is_quoted = true;
    value.text = take_text(last);
    cursor_.step_over_text();
    return finish_leaf(std::move(value), error);
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& error) { return on_word(error); }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& error) { return on_word(error); }
  bool on_double(double, json::string_view, json::error_code& error) { return on_word(error); }
  bool on_bool(bool, json::error_code& error) { return on_word(error); }
  bool on_null(json::error_code& error) {
    Value value = leaf(Kind::null);
    cursor_.step_over_word();
    return finish_leaf(std::move(value), error);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  // Ends the parse; `found` has been put where it belongs.
  bool stop(Place place, std::string_view found, std::string_view remedy, json::error_code& error) {
    mistakes_.add(place, "", found, remedy);
    has_stopped_ = true;
    error = json::error::exception;
    return false;
  }

  bool keep_part(json::string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }

  // The text of which `last` is the end and `parts_` the beginning.
  std::string take_text(json::string_view last) {
    if (parts_.empty()) return {last.data(), last.size()};
    parts_.append(last.data(), last.size());
    return std::exchange(parts_, {});
  }

  Value leaf(Kind kind) {
    Value value;
    value.kind = kind;
    value.place = cursor_.next_token();
    return value;
  }

  bool on_word(json::error_code& error) {
    Value value = leaf(Kind::scalar);
    value.text = cursor_.step_over_word();
    return finish_leaf(std::move(value), error);
  }

  bool check_count(Place place, json::error_code& error) {
    if (++values_ <= most_values) return true;
    return stop(place, fmt::format("found more than {} values", most_values), "send less at once", error);
  }

  bool finish_leaf(Value value, json::error_code& error) {
    if (!check_count(value.place, error)) return false;
    finish(std::move(value));
    return true;
  }

  bool open(Kind kind, json::error_code& error) {
    Value value = leaf(kind);
    if (!check_count(value.place, error)) return false;
    if (open_.size() == deepest_nesting) {
      return stop(value.place, fmt::format("found lists and mappings nested more than {} deep", deepest_nesting),
                  "nest them less", error);
    }
    cursor_.step_over_bracket();
    open_.push_back(std::move(value));
    return true;
  }

  Value close() {
    cursor_.next_token();
    cursor_.step_over_bracket();
    Value value = std::move(open_.back());
    open_.pop_back();
    return value;
  }

  void finish(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().kind == Kind::sequence) {
      items_.push_back(std::move(value));
    } else {
      entries_.back().value = std::move(value);
    }
  }

  template <class Part>
  static void move_last(std::vector<Part>& from, std::size_t count, std::vector<Part>& into) {
    const auto first = from.end() - static_cast<std::ptrdiff_t>(count);
    into.assign(std::make_move_iterator(first), std::make_move_iterator(from.end()));
    from.erase(first, from.end());
  }

  Cursor& cursor_;
  Mistakes& mistakes_;
  std::vector<Value> open_;     // collections, without their parts
  std::vector<Value> items_;    // of the open sequences
  std::vector<Entry> entries_;  // of the open mappings; the last of each waits for its value
  std::string parts_;           // of a text that the parser gives in parts
  Value root_;
  std::size_t values_ = 0;
  bool has_stopped_ = false;
};

struct JsonExplanation {
  std::string found;
  std::string_view remedy;
};

JsonExplanation explain_syntax(std::string_view rest) {
  if (rest.empty()) return {.found = "found the end of the text", .remedy = "complete it"};
  const std::size_t bytes = std::max<std::size_t>(front_character(rest).bytes, 1);
  return {.found = fmt::format("found {} where JSON has none", quote(rest.substr(0, bytes))),
          .remedy = "check the quotes, the commas and the brackets before it"};
}

bool is_bad_escape(const json::error_code& error) {
  return error == json::error::expected_hex_digit || error == json::error::expected_utf16_escape ||
         error == json::error::illegal_leading_surrogate || error == json::error::illegal_trailing_surrogate;
}

// Says why the parser stopped after `read` bytes.
void report(const json::error_code& error, std::string_view text, std::size_t read, std::uint32_t source,
            const JsonBuilder& builder, Mistakes& mistakes) {
  if (const auto bad = find_bad_text(text)) {
    mistakes.add({.source = source, .line = bad->line, .column = bad->column}, "", bad->found, bad->remedy);
    return;
  }
  if (error == json::error::incomplete && builder.innermost() != nullptr) {
    const bool is_mapping = builder.innermost()->kind == Kind::mapping;
    mistakes.add(builder.innermost()->place, "",
                 fmt::format("found a '{}' that is never closed", is_mapping ? '{' : '['),
                 is_mapping ? "close it with '}'" : "close it with ']'");
    return;
  }
  const Place place = Cursor(text, source).step_to(read);
  if (is_bad_escape(error)) {
    mistakes.add(place, "", "found an escape that is no character", "write \\u and four hexadecimal digits");
    return;
  }
  const JsonExplanation explanation = explain_syntax(text.substr(std::min(read, text.size())));
  mistakes.add(place, "", explanation.found, explanation.remedy);
}

}  // namespace

std::optional<Value> parse_json(std::string_view text, std::uint32_t source, Mistakes& mistakes) {
  if (text.size() > most_text_bytes) {
    mistakes.add({.source = source}, "", fmt::format("found {} bytes", text.size()),
                 fmt::format("send at most {} MiB", most_text_bytes / (1024 * 1024)));
    return std::nullopt;
  }
  Cursor cursor(text, source);
  json::parse_options options;
  options.max_depth = deepest_nesting + 1;  // so that it is the builder that stops
  json::basic_parser<JsonBuilder> parser(options, cursor, mistakes);
  JsonBuilder& builder = parser.handler();
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (builder.has_stopped()) return std::nullopt;
  if (error) {
    report(error, text, read, source, builder, mistakes);
    return std::nullopt;
  }
  if (read < text.size()) {
    mistakes.add(Cursor(text, source).step_to(read), "", "found more text after the end of the document",
                 "send one document at a time");
    return std::nullopt;
  }
  return builder.take_root();
}

}  // namespace dure::spec
