#include "dure/spec/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dure/spec/suggest.h"

namespace dure::spec {
namespace {

std::string child_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// A key as a path shows it: long and strange ones in quotes.
std::string shown_key(std::string_view key) {
  const bool is_plain = !key.empty() && key.size() <= 128 &&
                        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c != 127; });
  return is_plain ? std::string(key) : quote(key);
}

}  // namespace

Node Node::at(std::string_view key) const {
  const Value* child = is(Kind::mapping) ? value_->find(key) : nullptr;
  return {child, child != nullptr ? child->place : place_, child_path(path_, shown_key(key)), mistakes_};
}

Node Node::at(const Entry& entry) const {
  return {&entry.value, entry.value.place, child_path(path_, shown_key(entry.key)), mistakes_};
}

Node Node::item(std::size_t i) const {
  const Value& child = value_->items[i];
  return {&child, child.place, fmt::format("{}[{}]", path_, i), mistakes_};
}

void Node::refuse(std::string_view found, std::string_view remedy, Code code) const {
  if (is(Kind::refused)) return;
  mistakes_->add(place_, path_, found, remedy, code);
}

void Node::refuse_key(const Entry& entry, std::string_view found, std::string_view remedy) const {
  mistakes_->add(entry.key_place, path_, found, remedy);
}

void Node::want(std::string_view wanted) const {
  if (is_missing()) {
    mistakes_->add_missing(place_, path_, fmt::format("write {}", wanted));
  } else {
    refuse(fmt::format("found {}", describe(*value_)), fmt::format("write {}", wanted));
  }
}

Node Fields::at(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  return node_.at(key);
}

void Fields::report_unknown_keys() {
  for (const Entry& entry : node_.value().entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    if (const auto meant = nearest(entry.key, known_)) {
      node_.mistakes().forget_missing(node_.place().source, child_path(node_.path(), *meant));
    }
    node_.refuse_key(entry, fmt::format("found the unknown key {}", quote(entry.key)), suggest(entry.key, known_));
  }
}

void refuse_duplicates(const Node& list, std::string_view key, std::string_view noun) {
  if (!list.is(Kind::sequence)) return;
  std::map<std::string_view, Place> first;
  for (std::size_t i = 0; i < list.value().items.size(); ++i) {
    const Node field = list.item(i).at(key);
    if (!field.is(Kind::scalar)) continue;
    const auto [earlier, is_new] = first.emplace(field.value().text, field.place());
    if (is_new) continue;
    field.refuse(fmt::format("found a second {} named {}", noun, quote(field.value().text)),
                 fmt::format("give each its own name; the first is on line {}", earlier->second.line));
  }
}

}  // namespace dure::spec
