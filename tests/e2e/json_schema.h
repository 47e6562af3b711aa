// Whether a value is what a schema says: the part of JSON Schema that /openapi.json uses.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

namespace dure::e2e {

// Stricter than the standard in two ways, so that nothing is left undescribed: an object with `properties` has no
// others unless `additionalProperties` says so, and a keyword that is not known here is a mismatch.
class JsonSchemas {
 public:
  // `named` are the schemas that references name, `#/components/schemas/NAME`.
  explicit JsonSchemas(boost::json::object named) : named_(std::move(named)) {}

  // Returns where the value differs and how; empty if it does not. `at` is its name in that text.
  std::string mismatch(const boost::json::value& value, const boost::json::object& schema, const std::string& at) const;
  // What the schema refers to, or itself. Requires that it is there.
  const boost::json::object& resolve(const boost::json::object& schema) const;

 private:
  std::string object_mismatch(const boost::json::object& value, const boost::json::object& schema,
                              const std::string& at) const;
  std::string choice_mismatch(const boost::json::value& value, const boost::json::array& choices,
                              const std::string& at) const;

  boost::json::object named_;
};

}  // namespace dure::e2e
