#include "dure/simulate/tenants_then.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace dure::simulate {
namespace {

using spec::Entry;
using spec::Kind;
using spec::Node;
using spec::Value;

void change_list(Value& list, const Node& changes);

Value& value_of(Value& mapping, const Entry& entry) {
  const auto found = std::find_if(mapping.entries.begin(), mapping.entries.end(),
                                  [&](const Entry& own) { return own.key == entry.key; });
  if (found != mapping.entries.end()) return found->value;
  mapping.entries.push_back({.key = entry.key, .key_place = entry.key_place, .value = {}});
  return mapping.entries.back().value;
}

void change_mapping(Value& mapping, const Node& changes, std::string_view list_key) {
  for (const Entry& entry : changes.value().entries) {
    Value& value = value_of(mapping, entry);
    if (entry.key == list_key && value.kind == Kind::sequence && entry.value.kind == Kind::sequence) {
      change_list(value, changes.at(entry));
    } else {
      value = entry.value;
    }
  }
}

std::string_view name_of(const Value& tenant) {
  const Value* name = tenant.find("name");
  return name != nullptr && name->kind == Kind::scalar ? std::string_view(name->text) : "";
}

void change_list(Value& list, const Node& changes) {
  spec::refuse_duplicates(changes, "name", "tenant");
  for (std::size_t i = 0; i < changes.value().items.size(); ++i) {
    const Node item = changes.item(i);
    const std::string_view name = name_of(item.value());
    const auto own = std::find_if(list.items.begin(), list.items.end(),
                                  [&](const Value& tenant) { return !name.empty() && name_of(tenant) == name; });
    if (own != list.items.end()) {
      change_mapping(*own, item, "children");
    } else {
      list.items.push_back(item.value());
    }
  }
}

}  // namespace

Value as_tenants_file(Value list) {
  const spec::Place place = list.place;
  Value file{.kind = Kind::mapping, .place = place};
  file.entries.push_back({.key = "tenants", .key_place = place, .value = std::move(list)});
  return file;
}

Value changed_tenants(const Value& before, const Node& changes) {
  if (!changes.is(Kind::mapping)) return changes.value();
  Value after = before;
  change_mapping(after, changes, "tenants");
  return after;
}

}  // namespace dure::simulate
