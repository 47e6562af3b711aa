#include "dure/spec/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "dure/spec/suggest.h"

namespace dure::spec {
namespace {

// A key as a path shows it: long and strange ones in quotes.
std::string shown_key(std::string_view key) {
  const bool is_plain = !key.empty() && key.size() <= 128 &&
                        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c != 127; });
  return is_plain ? std::string(key) : quote(key);
}

// In the order of their first time.
std::vector<std::string_view> each_once(std::span<const std::string_view> words) {
  std::vector<std::string_view> once;
  for (const std::string_view word : words) {
    if (std::find(once.begin(), once.end(), word) == once.end()) once.push_back(word);
  }
  return once;
}

}  // namespace

std::string Node::path() const {
  if (parent_ == nullptr) return "";
  std::string path = parent_->path();
  if (parent_->is(Kind::sequence)) return fmt::format("{}[{}]", path, index_);
  if (!path.empty()) path += '.';
  return path + shown_key(key_);
}

Node Node::at(std::string_view key) const& { return {*this, is(Kind::mapping) ? value_->find(key) : nullptr, key, 0}; }

Node Node::at(const Entry& entry) const& { return {*this, &entry.value, entry.key, 0}; }

Node Node::item(std::size_t i) const& { return {*this, &value_->items[i], "", i}; }

void Node::refuse(std::string_view found, std::string_view remedy, Code code) const {
  if (is(Kind::refused)) return;
  mistakes_->add(place_, path(), found, remedy, code);
}

void Node::refuse_key(const Entry& entry, std::string_view found, std::string_view remedy) const {
  mistakes_->add(entry.key_place, path(), found, remedy);
}

void Node::want(std::string_view wanted) const {
  if (is_missing()) {
    mistakes_->add_missing(place_, path(), fmt::format("write {}", wanted));
  } else {
    refuse(fmt::format("found {}", describe(*value_)), fmt::format("write {}", wanted));
  }
}

Node Fields::at(std::string_view key) {
  known_.push_back(key);
  return node_.at(key);
}

bool Fields::need_one_of(std::string_view a, std::string_view b, std::string_view remedy) {
  known_.insert(known_.end(), {a, b});
  if (has(a) != has(b)) return true;
  node_.refuse(has(a) ? fmt::format("found both {} and {}", a, b) : fmt::format("found neither {} nor {}", a, b),
               remedy);
  return false;
}

void Fields::report_unknown_keys() {
  const auto is_known = [&](const Entry& entry) {
    return std::find(known_.begin(), known_.end(), entry.key) != known_.end();
  };
  const std::vector<Entry>& entries = node_.value().entries;
  if (std::all_of(entries.begin(), entries.end(), is_known)) return;
  const std::vector<std::string_view> known = each_once(known_);
  for (const Entry& entry : entries) {
    if (is_known(entry)) continue;
    if (const auto meant = nearest(entry.key, known)) {
      node_.mistakes().forget_missing(node_.place().source, node_.at(*meant).path());
    }
    node_.refuse_key(entry, fmt::format("found the unknown key {}", quote(entry.key)), suggest(entry.key, known));
  }
}

void refuse_duplicates(const Node& list, std::string_view key, std::string_view noun) {
  if (!list.is(Kind::sequence)) return;
  std::map<std::string_view, Place> first;
  for (std::size_t i = 0; i < list.value().items.size(); ++i) {
    const Node item = list.item(i);
    const Node field = item.at(key);
    if (!field.is(Kind::scalar)) continue;
    const auto [earlier, is_new] = first.emplace(field.value().text, field.place());
    if (is_new) continue;
    field.refuse(fmt::format("found a second {} named {}", noun, quote(field.value().text)),
                 fmt::format("give each its own name; the first is on line {}", earlier->second.line));
  }
}

}  // namespace dure::spec
