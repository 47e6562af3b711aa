// Values for a request: some that are right, and some that are wrong in the ways that hurt.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/random.h"
#include "json_schema.h"

namespace dure::e2e {

// What there is on the server: names that a request may hit.
struct Known {
  std::vector<std::string> jobs;
  std::vector<std::string> tokens;  // none that the test itself uses
  std::vector<std::string> nodes;
  std::vector<std::string> tenants;  // by path; inner ones too
  std::vector<std::string> pools;
  std::vector<std::string> windows;
};

// Nothing that it makes does harm when it is run, opened or looked up, whoever runs the test.
class ValueFuzzer {
 public:
  // Both must outlive it.
  ValueFuzzer(Random& random, const JsonSchemas& schemas) : random_(random), schemas_(schemas) {}

  // A value that the schema describes and that the server mostly takes. `key` is the name of the member that it is for.
  boost::json::value fitting(const boost::json::object& schema, std::string_view key, const Known& known);
  // The same for a parameter, decoded.
  std::string parameter(std::string_view name, const Known& known);
  // Changes one thing somewhere in it. What becomes a file's name stays as it is.
  void spoil(boost::json::value& value);
  // Text that a reader of text may trip over, in UTF-8.
  std::string hostile();
  // The same, percent-encoded; it may decode to bytes that are neither UTF-8 nor printable.
  std::string hostile_encoded();
  // Changes, drops and repeats some bytes.
  void mutate(std::string& bytes);

  template <class Item>
  const Item& one_of(const std::vector<Item>& items) {
    return items[random_.below(items.size())];
  }
  bool in(std::uint64_t cases) { return random_.below(cases) == 0; }

 private:
  std::string text(std::string_view key, const Known& known);
  boost::json::value number(std::string_view key, const Known& known);
  boost::json::value hostile_value();

  Random& random_;
  const JsonSchemas& schemas_;
  std::uint64_t names_ = 0;
};

}  // namespace dure::e2e
