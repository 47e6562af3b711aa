// Requests made of what /openapi.json says, right ones and wrong ones.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/http/gzip.h"
#include "json_schema.h"
#include "value_fuzzer.h"

namespace dure::e2e {

struct Operation {
  std::string name;    // `showJob`
  std::string method;  // `GET`
  std::string path;    // `/v1/jobs/{id}`
  boost::json::object description;
};

// Who asks.
struct Asker {
  std::string name;
  std::string token;  // empty: none is sent
  bool is_known = true;
};

struct FuzzedRequest {
  const Operation* operation = nullptr;
  std::string method;
  std::string target;
  std::string asker;
  std::string bytes;  // what is sent
  bool must_be_refused = false;
  bool is_of_operation = true;  // else its method is none of the path's
  bool asks_to_close = false;
  bool is_http10 = false;
};

class RequestFuzzer {
 public:
  // `document` is /openapi.json. The first of those who ask runs the estate, the second has jobs. The same seed makes
  // the same requests while what is known is the same. At most 100 jobs are let run, and one more with each fifty
  // requests.
  RequestFuzzer(const boost::json::object& document, std::vector<Asker> askers, std::uint64_t seed);

  RequestFuzzer(const RequestFuzzer&) = delete;

  FuzzedRequest next(const Known& known);
  const std::vector<Operation>& operations() const { return operations_; }
  const JsonSchemas& schemas() const { return schemas_; }

 private:
  void try_other_method(FuzzedRequest& request);
  std::string path(const Operation& operation, const Known& known, FuzzedRequest& request);
  std::string query(const Operation& operation, const Known& known, FuzzedRequest& request);
  void add_body(const Operation& operation, const Known& known, std::string& headers, FuzzedRequest& request);
  boost::json::value window_document(const Known& known);
  std::string document(const Operation& operation, const Known& known, FuzzedRequest& request, std::string& type);
  void add_headers(const Operation& operation, std::string& headers, FuzzedRequest& request);
  void hold(boost::json::value& jobs);
  std::string framed(std::string body, std::string& headers, FuzzedRequest& request);

  JsonSchemas schemas_;
  std::vector<Operation> operations_;
  const Operation* submission_ = nullptr;  // one of them
  std::vector<Asker> askers_;
  Random random_;
  ValueFuzzer values_;
  http::GzipPacker packer_;
  std::uint64_t made_ = 0;
  std::uint64_t runs_ = 100;
};

}  // namespace dure::e2e
