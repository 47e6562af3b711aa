// What a YAML or JSON text says, with the place of everything in it. Every declarative input is read from
// this tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/spec/mistakes.h"

namespace dure::spec {

// `refused` stands for something that was reported when the text was parsed; readers pass over it in silence.
enum class Kind : std::uint8_t { null, scalar, sequence, mapping, refused };

struct Entry;

struct Value {
  Kind kind = Kind::null;
  bool is_quoted = false;  // scalars: text in quotes or a block, so never a number or a boolean
  Place place;
  std::string text;            // of a scalar
  std::vector<Value> items;    // of a sequence
  std::vector<Entry> entries;  // of a mapping, in file order; keys are unique

  // Returns the value of that key of a mapping, or nullptr. O(entries).
  const Value* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Place key_place;
  Value value;
};

// Bounds that keep hostile input from exhausting stack or memory; real files stay far below them.
constexpr std::size_t deepest_nesting = 64;
constexpr std::size_t most_text_bytes = 4 * 1024 * 1024;
constexpr std::size_t most_values = 500'000;

// Parses one YAML document (JSON is YAML). Its places carry `source`. Empty text is a null.
// Anchors, aliases, tags, complex keys and duplicate keys are mistakes; what else the text says is still
// returned. Returns nullopt if the text is no YAML or goes beyond the bounds, with that in `mistakes`.
std::optional<Value> parse(std::string_view text, std::uint32_t source, Mistakes& mistakes);

// For parsers: drops the entries of a mapping whose key is empty, which has been reported, or is that of an earlier
// entry, which is reported.
void refuse_repeated_keys(Value& mapping, Mistakes& mistakes);

// What a message says was found: the text of a scalar, shortened and made printable, or "a list" and so on.
std::string describe(const Value& value);
// The text in single quotes, shortened and made printable.
std::string quote(std::string_view text);

}  // namespace dure::spec
