#include "json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "dure/base/time.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

constexpr std::array keywords{"$ref",  "additionalProperties", "description", "enum", "format", "items", "minimum",
                              "oneOf", "properties",           "required",    "type"};

std::string view(const json::string& text) { return {text.data(), text.size()}; }

bool is_of_type(const json::value& value, std::string_view type) {
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

bool is_of_type(const json::value& value, const json::value& types) {
  if (types.is_string()) return is_of_type(value, view(types.as_string()));
  return std::ranges::any_of(types.as_array(),
                             [&](const json::value& type) { return is_of_type(value, view(type.as_string())); });
}

}  // namespace

const json::object& JsonSchemas::resolve(const json::object& schema) const {
  const json::value* reference = schema.if_contains("$ref");
  if (reference == nullptr) return schema;
  const std::string path = view(reference->as_string());
  return resolve(named_.at(path.substr(path.rfind('/') + 1)).as_object());
}

std::string JsonSchemas::mismatch(const json::value& value, const json::object& given, const std::string& at) const {
  const json::object& schema = resolve(given);
  for (const auto& [keyword, unused] : schema) {
    if (std::ranges::find(keywords, keyword) == keywords.end())
      return fmt::format("{}: its schema says {}, which is not checked", at, std::string(keyword));
  }
  const auto differs = [&](const char* how) { return fmt::format("{}: {} {}", at, json::serialize(value), how); };
  if (const json::value* type = schema.if_contains("type"); type != nullptr && !is_of_type(value, *type))
    return differs("is of another type");
  if (const json::value* choices = schema.if_contains("enum")) {
    const json::array& all = choices->as_array();
    if (std::find(all.begin(), all.end(), value) == all.end()) return differs("is none of its words");
  }
  if (const json::value* least = schema.if_contains("minimum");
      least != nullptr && value.to_number<double>() < least->to_number<double>())
    return differs("is too small");
  if (schema.contains("format") && !parse_time(view(value.as_string()))) return differs("is no time");
  if (const json::value* choices = schema.if_contains("oneOf")) return choice_mismatch(value, choices->as_array(), at);
  if (value.is_object()) return object_mismatch(value.as_object(), schema, at);
  if (const json::value* items = schema.if_contains("items"); items != nullptr && value.is_array()) {
    for (const json::value& item : value.as_array()) {
      if (std::string found = mismatch(item, items->as_object(), at + "[]"); !found.empty()) return found;
    }
  }
  return {};
}

std::string JsonSchemas::object_mismatch(const json::object& value, const json::object& schema,
                                         const std::string& at) const {
  if (const json::value* required = schema.if_contains("required")) {
    for (const json::value& name : required->as_array()) {
      if (!value.contains(name.as_string())) return fmt::format("{}: has no {}", at, view(name.as_string()));
    }
  }
  const json::value* properties = schema.if_contains("properties");
  if (properties == nullptr) return {};
  for (const auto& [name, member] : value) {
    const json::value* described = properties->as_object().if_contains(name);
    if (described == nullptr && schema.contains("additionalProperties")) continue;
    if (described == nullptr) return fmt::format("{}: has {}, which is not described", at, std::string(name));
    std::string found = mismatch(member, described->as_object(), at + "." + std::string(name));
    if (!found.empty()) return found;
  }
  return {};
}

std::string JsonSchemas::choice_mismatch(const json::value& value, const json::array& choices,
                                         const std::string& at) const {
  std::string found;
  for (const json::value& choice : choices) {
    found = mismatch(value, choice.as_object(), at);
    if (found.empty()) return {};
  }
  return found;
}

}  // namespace dure::e2e
