#include "value_fuzzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <limits>
#include <utility>

#include "dure/http/target.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

// A job that starts opens these as files, with the rights of whoever runs the test.
constexpr std::array of_files{"directory", "output", "error"};

// Every place in a value: what holds it, and under which name or number.
struct Slot {
  json::value* value = nullptr;
  json::object* object = nullptr;  // that holds it, if one does
  std::string key;
};

void collect(json::value& value, std::vector<Slot>& slots) {
  if (value.is_object()) {
    for (auto& [name, member] : value.as_object()) {
      if (std::ranges::find(of_files, name) != of_files.end()) continue;
      slots.push_back({&member, &value.as_object(), std::string(name)});
      collect(member, slots);
    }
  } else if (value.is_array()) {
    for (json::value& item : value.as_array()) {
      slots.push_back({&item, nullptr, {}});
      collect(item, slots);
    }
  }
}

json::value nested(std::size_t depth) {
  json::value value = 1;
  for (std::size_t i = 0; i < depth; ++i)
    value = i % 2 == 0 ? json::value(json::array{value}) : json::object{{"a", value}};
  return value;
}

}  // namespace

std::string ValueFuzzer::hostile() {
  using namespace std::string_literals;
  static const std::vector<std::string> all{
      "",
      " ",
      "\t",
      "\n",
      "\r\nX-Injected: 1",
      "\0"s,
      "a\0b"s,
      "\x1b[31m",
      "\x7f",
      "'",
      "\"",
      "\\",
      "' OR 1=1 --",
      "%s%n%x",
      "{}",
      "{0}",
      "..",
      "../..",
      "/",
      "//",
      "a//b",
      "a/",
      "~",
      "*",
      "$HOME",
      "$(true)",
      "`true`",
      "-1",
      "+1",
      "0",
      "00",
      "1e3",
      "0x10",
      "1.5",
      "4294967295",
      "4294967296",
      "9223372036854775807",
      "9223372036854775808",
      "18446744073709551615",
      "18446744073709551616",
      "99999999999999999999999999",
      "NaN",
      "null",
      "true",
      "True",
      "Yes",
      "\xc3\xa9",
      "\xed\x9f\xbf",
      "\xf4\x8f\xbf\xbf",
      "\xe2\x80\xae",
      "\xef\xbb\xbf",
      std::string(129, 'n'),
      std::string(4000, 'x'),
      "a,b,,c",
      "&*!|>%@`",
  };
  return one_of(all);
}

std::string ValueFuzzer::hostile_encoded() {
  static const std::vector<std::string> raw{
      "%00", "%0a", "%0d%0aX:%201", "%ff",     "%c0%80", "%ed%a0%80", "%", "%4",        "%zz",         "%25",
      "+",   "a=b", "%2F",          "..%2f..", "%7f",    "%1b[1m",    ";", "a%26b%3dc", "%f4%90%80%80"};
  return in(2) ? one_of(raw) : http::encode(hostile());
}

std::string ValueFuzzer::text(std::string_view key, const Known& known) {
  static const std::vector<std::string> durations{"1m", "90s", "2h", "1d"};
  static const std::vector<std::string> files{"out-%j.txt", "dure-%A_%a-%t.txt", "in/a/folder.txt",
                                              "/nonexistent/dure/x"};
  if (key == "tenant") return one_of(known.tenants);
  if (key == "pool" || key == "pools") return one_of(known.pools);
  if (key == "script") return "true";
  if (key == "array") return in(3) ? "0-49" : "0,2-3";
  if (key == "memory") return "64Mi";
  if (key == "gpu_model") return "emulated";
  if (key == "gpus" || key == "cpus") return "1";
  if (key == "signal") return "USR1";
  if (key == "directory") return "/nonexistent/dure";
  if (key == "output" || key == "error") return one_of(files);
  if (key == "every" || key == "grace" || key == "before" || key == "time_limit" || key == "expires_in")
    return one_of(durations);
  return fmt::format("{}{}", key.empty() ? "x" : key, ++names_ % 50);
}

json::value ValueFuzzer::number(std::string_view key, const Known& known) {
  if (key == "job") return std::stoll(one_of(known.jobs));
  if (key == "priority") return random_.between(-5, 5);
  if (key == "max") return random_.between(2, 4);
  return random_.between(1, 2);
}

json::value ValueFuzzer::fitting(const json::object& given, std::string_view key, const Known& known) {
  const json::object& schema = schemas_.resolve(given);
  if (const json::value* choices = schema.if_contains("oneOf")) {
    const json::array& all = choices->as_array();
    return fitting(all[random_.below(all.size())].as_object(), key, known);
  }
  if (const json::value* choices = schema.if_contains("enum")) {
    const json::array& all = choices->as_array();
    return all[random_.below(all.size())];
  }
  const json::value& types = schema.at("type");
  const json::string& type =
      types.is_string() ? types.as_string() : types.at(random_.below(types.as_array().size())).as_string();
  if (type == "string") return json::value(text(key, known));
  if (type == "boolean") return in(2);
  if (type == "integer" || type == "number") return number(key, known);
  if (type == "array") {
    json::array items;
    for (std::uint64_t n = 1 + random_.below(2); n > 0; --n)
      items.push_back(fitting(schema.at("items").as_object(), key, known));
    return items;
  }
  if (type != "object") return nullptr;
  json::object value;
  const json::value* required = schema.if_contains("required");
  const auto is_required = [&](const json::string_view name) {
    return required != nullptr &&
           std::ranges::find(required->as_array(), json::value(name)) != required->as_array().end();
  };
  if (const json::value* properties = schema.if_contains("properties")) {
    for (const auto& [name, member] : properties->as_object()) {
      const bool is_common = name == "per_task" || name == "gpus";
      if (is_required(name) || (name == "tenant" ? !in(6) : in(is_common ? 2 : 5)))
        value[name] = fitting(member.as_object(), std::string(name), known);
    }
  }
  if (schema.contains("minProperties") && value.empty()) {
    const auto& [name, member] = *schema.at("properties").as_object().begin();
    value[name] = fitting(member.as_object(), std::string(name), known);
  }
  if (const json::value* others = schema.if_contains("additionalProperties");
      others != nullptr && others->is_object()) {
    for (std::uint64_t n = random_.below(3); n > 0; --n)
      value[fmt::format("V{}", n)] = fitting(others->as_object(), "", known);
  }
  return value;
}

std::string ValueFuzzer::parameter(std::string_view name, const Known& known) {
  static const std::vector<std::string> states{"held", "pending", "ended", "held,pending,running", "starting,stopping"};
  static const std::vector<std::string> numbers{"0", "1", "2", "7", "100"};
  if (name == "state") return one_of(states);
  if (name == "stream") return in(2) ? "output" : "error";
  if (name == "dry_run" || name == "follow") return in(2) ? "true" : "false";
  if (name == "tenant" || name == "pool") return text(name, known);
  if (name == "array" || name == "job") return one_of(known.jobs);
  if (name == "user" || name == "name") return fmt::format("{}{}", name, random_.below(50));
  return one_of(numbers);
}

json::value ValueFuzzer::hostile_value() {
  switch (random_.below(12)) {
    case 0: return nullptr;
    case 1: return true;
    case 2: return json::array{};
    case 3: return json::object{};
    case 4: return -1;
    case 5: return 0;
    case 6: return std::numeric_limits<std::int64_t>::max();
    case 7: return std::numeric_limits<std::uint64_t>::max();
    case 8: return 1e308;
    case 9: return nested(2 + random_.below(90));
    default: return json::value(hostile());
  }
}

void ValueFuzzer::spoil(json::value& value) {
  std::vector<Slot> slots{{&value, nullptr, {}}};
  collect(value, slots);
  const Slot slot = one_of(slots);
  switch (random_.below(6)) {
    case 0:
      if (slot.object != nullptr) {
        slot.object->erase(slot.key);
        return;
      }
      break;
    case 1:
      if (slot.value->is_object()) {
        static const std::vector<std::string> more{"gpu",   "",     "Name", "jobs",    "__proto__",
                                                   "name ", "a\nb", "id",   "sequence"};
        slot.value->as_object()[one_of(more)] = hostile_value();
        return;
      }
      break;
    case 2:
      if (slot.value->is_array() && !slot.value->as_array().empty()) {
        const json::value item = slot.value->as_array().back();
        for (std::uint64_t n = in(10) ? 2000 : 3; n > 0; --n) slot.value->as_array().push_back(item);
        return;
      }
      break;
    case 3: *slot.value = json::array{*slot.value}; return;
    default: break;
  }
  *slot.value = hostile_value();
}

void ValueFuzzer::mutate(std::string& bytes) {
  for (std::uint64_t times = 1 + random_.below(4); times > 0 && !bytes.empty(); --times) {
    const std::size_t at = random_.below(bytes.size());
    switch (random_.below(4)) {
      case 0: bytes[at] = static_cast<char>(random_.below(256)); break;
      case 1: bytes.erase(at, 1 + random_.below(8)); break;
      case 2: bytes.insert(at, bytes.substr(at, 1 + random_.below(16))); break;
      default: bytes.insert(at, 1, "{}[]\",:\\\n\0-"[random_.below(11)]); break;
    }
  }
}

}  // namespace dure::e2e
