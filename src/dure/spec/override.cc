#include "dure/spec/override.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

namespace dure::spec {
namespace {

using Step = std::variant<std::string, std::size_t>;  // a key of a mapping, or an index of a sequence

// Takes `[12]` from the front of `path`.
std::optional<std::size_t> take_index(std::string_view& path) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
  if (error != std::errc{} || end == path.data() + path.size() || *end != ']') return std::nullopt;
  path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
  return index;
}

// Splits `a.b[0].c`; nullopt if it is no such path. `bad_index` is then where an index begins that is none, if that is
// why.
std::optional<std::vector<Step>> parse_path(std::string_view path, std::string_view& bad_index) {
  std::vector<Step> steps;
  while (true) {
    const std::size_t length = std::min(path.find_first_of(".["), path.size());
    if (length == 0) return std::nullopt;
    steps.emplace_back(std::string(path.substr(0, length)));
    path.remove_prefix(length);
    while (path.starts_with('[')) {
      const auto index = take_index(path);
      if (!index) {
        bad_index = path;
        return std::nullopt;
      }
      steps.emplace_back(*index);
    }
    if (path.empty()) return steps;
    if (path.front() != '.' || steps.size() >= deepest_nesting) return std::nullopt;
    path.remove_prefix(1);
  }
}

// Returns the value of the key, made where it is missing; nullptr if `value` is something else than a
// mapping.
Value* child(Value& value, const std::string& key, Place place) {
  if (value.kind == Kind::null) {
    value.kind = Kind::mapping;
    value.place = place;
  }
  if (value.kind != Kind::mapping) return nullptr;
  const auto found =
      std::find_if(value.entries.begin(), value.entries.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != value.entries.end()) return &found->value;
  value.entries.push_back({.key = key, .key_place = place, .value = {}});
  value.entries.back().value.place = place;
  return &value.entries.back().value;
}

class Walk {
 public:
  Walk(Value& root, Place place, Mistakes& mistakes) : at_(&root), place_(place), mistakes_(mistakes) {}

  // Goes one step down; returns whether there was one.
  bool operator()(const std::string& key) {
    Value* next = child(*at_, key, place_);
    if (next == nullptr) {
      mistakes_.add(place_, walked_, fmt::format("found {}, which has no key '{}'", describe(*at_), key),
                    "set a mapping there instead, as in --set policy='{name: easy, estimates: exact}'");
      return false;
    }
    walked_ += (walked_.empty() ? "" : ".") + key;
    at_ = next;
    return true;
  }

  bool operator()(std::size_t index) {
    if (at_->kind != Kind::sequence) {
      mistakes_.add(place_, walked_, fmt::format("found {}, which has no item [{}]", describe(*at_), index),
                    "leave the index out, or set a list there instead");
      return false;
    }
    if (const std::size_t size = at_->items.size(); index >= size) {
      mistakes_.add(place_, walked_, fmt::format("found the index [{}] in a list of {}", index, size),
                    size == 0   ? "set the whole list instead"
                    : size == 1 ? "write [0]"
                                : fmt::format("write one from [0] to [{}]", size - 1));
      return false;
    }
    walked_ += fmt::format("[{}]", index);
    at_ = &at_->items[index];
    return true;
  }

  Value& here() { return *at_; }

 private:
  Value* at_;
  Place place_;
  Mistakes& mistakes_;
  std::string walked_;
};

}  // namespace

void apply_override(std::string_view text, Value& root, Mistakes& mistakes) {
  const std::size_t equals = text.find('=');
  const std::string_view path = text.substr(0, equals);
  std::string_view bad_index;
  const auto steps = parse_path(path, bad_index);
  const bool is_change = equals != std::string_view::npos && steps;
  const Place place{.source = mistakes.add_override(is_change ? std::string(path) : quote(text))};
  if (!is_change && !bad_index.empty()) {
    mistakes.add(place, "", "found the index " + quote(bad_index.substr(0, bad_index.find(']') + 1)),
                 "write a whole number from 0 in brackets, such as [0]");
    return;
  }
  if (!is_change) {
    mistakes.add(place, "", "found no key path and '='", "write --set key.path=value, such as --set policy.name=easy");
    return;
  }
  auto value = parse(text.substr(equals + 1), place.source, mistakes);
  if (!value) return;
  Walk walk(root, place, mistakes);
  for (const Step& step : *steps) {
    if (!std::visit(walk, step)) return;
  }
  walk.here() = std::move(*value);
}

}  // namespace dure::spec
