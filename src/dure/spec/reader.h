// How a type is read from a Value. A type's reader is a function `std::optional<T> read_t(const Node&)` that
// names its fields in a table and reports what is wrong; it returns nullopt if there is nothing to go on
// with:
//
//   std::optional<SiteSpec> read_site(const Node& node) {
//     return read_mapping<SiteSpec>(node, "a site", [](Fields& in, SiteSpec& site) {
//       in.need("name", site.name, read_name);
//       in.take("engine", site.engine, read_engine);
//       in.need("pools", site.pools, list_of(read_pool, "a list of pools"));
//     });
//   }
//
// Keys that the table does not name are mistakes. Readers go on after a mistake, so that all of them are
// found.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "dure/base/result.h"
#include "dure/spec/mistakes.h"
#include "dure/spec/value.h"

namespace dure::spec {

// A value with its path in the file, or the place where it is missing. Refers to a Value, to Mistakes, to the Node that
// it was taken from and to the text of its key; all must outlive it. Its path is spelt out when a mistake asks for it.
class Node {
 public:
  Node(const Value& root, Mistakes& mistakes) : value_(&root), place_(root.place), mistakes_(&mistakes) {}

  bool is_missing() const { return value_ == nullptr; }
  bool is(Kind kind) const { return value_ != nullptr && value_->kind == kind; }
  // Requires !is_missing().
  const Value& value() const { return *value_; }
  // Of the value, or of the mapping in which it is missing.
  Place place() const { return place_; }
  std::string path() const;
  Mistakes& mistakes() const { return *mistakes_; }

  // The value of that key, missing if there is none or this is no mapping.
  Node at(std::string_view key) const&;
  Node at(std::string_view key) const&& = delete;
  // The value of `entry` of this mapping.
  Node at(const Entry& entry) const&;
  Node at(const Entry& entry) const&& = delete;
  // The i-th item of this sequence.
  Node item(std::size_t i) const&;
  Node item(std::size_t i) const&& = delete;

  // Reports `found`, such as "found 3 pools", and the remedy.
  void refuse(std::string_view found, std::string_view remedy, Code code = Code::invalid_argument) const;
  // The same at the key of `entry` of this mapping.
  void refuse_key(const Entry& entry, std::string_view found, std::string_view remedy) const;
  // Reports what is here, or that nothing is, where `wanted` should be: "found 80; write a whole number from
  // 0 to 64".
  void want(std::string_view wanted) const;

 private:
  Node(const Node& parent, const Value* value, std::string_view key, std::size_t index)
      : value_(value),
        place_(value != nullptr ? value->place : parent.place_),
        mistakes_(parent.mistakes_),
        parent_(&parent),
        key_(key),
        index_(index) {}

  const Value* value_;  // nullptr: missing
  Place place_;
  Mistakes* mistakes_;
  const Node* parent_ = nullptr;  // nullptr: the root
  std::string_view key_;          // in a mapping
  std::size_t index_ = 0;         // in a sequence
};

// The fields of one mapping. What is never asked for is an unknown key.
class Fields {
 public:
  // `mapping` must outlive this and be a mapping.
  explicit Fields(const Node& mapping) : node_(mapping) {}

  const Node& node() const { return node_; }
  bool has(std::string_view key) const { return node_.value().find(key) != nullptr; }
  // Of two fields that exclude each other one must be there; returns whether it is so.
  bool need_one_of(std::string_view a, std::string_view b, std::string_view remedy);
  // The value of the key, which is known from now on.
  Node at(std::string_view key);

  // Reads a required field with `read`; returns whether it could be read.
  template <class T, class Read>
  bool need(std::string_view key, T& into, const Read& read) {
    return store(into, read(at(key)));
  }
  // Reads an optional field, leaving `into` as it is without it; returns whether it was there and could be
  // read.
  template <class T, class Read>
  bool take(std::string_view key, T& into, const Read& read) {
    const Node node = at(key);
    return !node.is_missing() && store(into, read(node));
  }

  void report_unknown_keys();

 private:
  template <class T, class Found>
  static bool store(T& into, Found found) {
    if (!found) return false;
    into = std::move(*found);
    return true;
  }

  const Node& node_;
  boost::container::small_vector<std::string_view, 32> known_;  // literals, some of them twice
};

// Reads a mapping: `read` names the fields of a T that starts with its defaults.
template <class T, class Read>
std::optional<T> read_mapping(const Node& node, std::string_view wanted, const Read& read) {
  if (!node.is(Kind::mapping)) {
    node.want(wanted);
    return std::nullopt;
  }
  T value{};
  Fields in(node);
  read(in, value);
  in.report_unknown_keys();
  return value;
}

// A reader of lists with at least one item, each read with `read`. Items that cannot be read are left out.
template <class Read>
auto list_of(Read read, std::string wanted) {
  using Item = typename std::invoke_result_t<Read, const Node&>::value_type;
  return [=](const Node& node) -> std::optional<std::vector<Item>> {
    if (!node.is(Kind::sequence) || node.value().items.empty()) {
      node.want(wanted);
      return std::nullopt;
    }
    std::vector<Item> items;
    items.reserve(node.value().items.size());
    for (std::size_t i = 0; i < node.value().items.size(); ++i) {
      if (auto item = read(node.item(i))) items.push_back(std::move(*item));
    }
    return items;
  };
}

// Reports every item of the list whose text under `key` an earlier one has. `noun` is what the items are:
// "pool".
void refuse_duplicates(const Node& list, std::string_view key, std::string_view noun);

// Parses `text` with `parser`, which is `parse` or the like, and reads it with `read`. Returns all mistakes if there is
// one.
template <class Parser, class Read>
auto read_text_with(const Parser& parser, std::string_view text, std::string name, const Read& read) {
  using Type = typename std::invoke_result_t<Read, const Node&>::value_type;
  Mistakes mistakes;
  const std::optional<Value> root = parser(text, mistakes.add_file(std::move(name)), mistakes);
  std::optional<Type> value;
  if (root) value = read(Node(*root, mistakes));
  if (!mistakes.empty() || !value) return Result<Type>(tl::unexpected(mistakes.error()));
  return Result<Type>(std::move(*value));
}

// The same from YAML.
template <class Read>
auto read_text(std::string_view text, std::string name, const Read& read) {
  return read_text_with(parse, text, std::move(name), read);
}

}  // namespace dure::spec
