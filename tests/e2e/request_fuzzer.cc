#include "request_fuzzer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <utility>

#include "dure/http/target.h"

namespace dure::e2e {
namespace {

namespace json = boost::json;

constexpr std::size_t body_max = 1'048'576;  // as the server is told

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// As block style where it is a mapping, so that the reader of YAML has something of its own to read.
std::string to_yaml(const json::value& value) {
  if (!value.is_object() || value.as_object().empty()) return json::serialize(value);
  std::string out;
  for (const auto& [name, member] : value.as_object()) {
    out += json::serialize(json::value(name)) + ": " + json::serialize(member) + "\n";
  }
  return out;
}

bool names_files(const std::string& body) {
  return body.find("directory") != std::string::npos || body.find("output") != std::string::npos ||
         body.find("error") != std::string::npos;
}

// A body that is its own document: what the schema leaves to docs/.
json::value estate_document(const std::string& operation, std::uint64_t kind) {
  if (operation == "declareTenants") {
    static constexpr std::array texts{
        R"({"tenants":[{"name":"a","children":[{"name":"x"},{"name":"y"}]},{"name":"b","children":[{"name":"z"}]}]})",
        R"({"tenants":[{"name":"a","weight":3,"children":[{"name":"x","guarantee":{"local/gpu":1}},{"name":"y"}]},
            {"name":"b","children":[{"name":"z","limit":{"local/gpu":3}}]}]})",
        R"({"tenants":[{"name":"a","children":[{"name":"x"},{"name":"y"}]},{"name":"b","children":[{"name":"z"}]},
            {"name":"c"}]})"};
    return json::parse(texts[kind % texts.size()]);
  }
  static constexpr std::array nodes{R"("cpus":2,"memory":"2Gi")", R"("cpus":1,"memory":"1Gi")",
                                    R"("cpus":2,"memory":"1Gi")"};
  return json::parse(fmt::format(R"({{"fleet":"here","sites":[{{"name":"local","engine":{{"kind":"local"}},"pools":[
      {{"name":"gpu","gpu":{{"model":"emulated","per_node":4}},"nodes":1,"node":{{{}}}}}]}}]}})",
                                 nodes[kind % nodes.size()]));
}

}  // namespace

RequestFuzzer::RequestFuzzer(const json::object& document, std::vector<Asker> askers, std::uint64_t seed)
    : schemas_(document.at("components").at("schemas").as_object()),
      askers_(std::move(askers)),
      random_(seed),
      values_(random_, schemas_) {
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    for (const auto& [method, description] : methods.as_object()) {
      const json::object& described = description.as_object();
      operations_.push_back({.name = std::string(described.at("operationId").as_string()),
                             .method = upper(method),
                             .path = std::string(path),
                             .description = described});
    }
  }
  submission_ = &*std::ranges::find(operations_, "submitJobs", &Operation::name);
}

FuzzedRequest RequestFuzzer::next(const Known& known) {
  if (++made_ % 50 == 0) ++runs_;
  const Operation& drawn = values_.one_of(operations_);
  // Jobs that are cancelled as often as they are submitted are not there for the rest.
  const Operation& operation = drawn.name == "cancelJob" && !values_.in(6) ? *submission_ : drawn;
  FuzzedRequest request{.operation = &operation, .method = operation.method};
  if (operation.method == "GET" && values_.in(12)) request.method = "HEAD";
  if (values_.in(60)) try_other_method(request);
  request.target = path(operation, known, request) + query(operation, known, request);
  const Asker& whose_it_is = askers_[operation.path.starts_with("/v1/jobs") ? 1 : 0];
  const Asker& asker = values_.in(2) ? whose_it_is : values_.one_of(askers_);
  request.asker = asker.name;
  request.must_be_refused |= !asker.is_known && !operation.description.contains("security");
  std::string headers;
  if (!asker.token.empty()) headers += "Authorization: Bearer " + asker.token + "\r\n";
  add_headers(operation, headers, request);
  add_body(operation, known, headers, request);
  const char* version = request.is_http10 ? "HTTP/1.0" : "HTTP/1.1";
  request.bytes = fmt::format("{} {} {}\r\n{}\r\n{}", request.method, request.target, version, headers, request.bytes);
  return request;
}

// One that the path does not take, and so no operation of the document.
void RequestFuzzer::try_other_method(FuzzedRequest& request) {
  static const std::vector<std::string> methods{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get"};
  const std::string method = values_.one_of(methods);
  const bool is_taken = std::ranges::any_of(operations_, [&](const Operation& other) {
    return other.path == request.operation->path && other.method == method;
  });
  if (is_taken) return;
  request.method = method;
  request.is_of_operation = false;
  request.must_be_refused = true;
}

std::string RequestFuzzer::path(const Operation& operation, const Known& known, FuzzedRequest& request) {
  std::string out = operation.path;
  const std::size_t begin = out.find('{');
  if (begin == std::string::npos) return out;
  const std::size_t end = out.find('}', begin);
  const std::vector<std::string>& there = operation.path.starts_with("/v1/nodes")     ? known.nodes
                                          : operation.path.starts_with("/v1/tokens")  ? known.tokens
                                          : operation.path.starts_with("/v1/windows") ? known.windows
                                                                                      : known.jobs;
  const bool may_be_let_run = operation.name != "releaseJob" || runs_ > 0;
  std::string value;
  if (!may_be_let_run || values_.in(5)) {
    value = values_.in(60) ? std::string(9000, 'p') : values_.hostile_encoded();
    if (operation.name == "releaseJob") value = "x" + value;  // no number
  } else if (!there.empty()) {
    value = values_.in(2) ? there.back() : values_.one_of(there);
    if (operation.name == "releaseJob") --runs_;
  } else {
    value = "1";
  }
  if (value.size() > 8192) request.must_be_refused = true;
  return out.replace(begin, end - begin + 1, value);
}

std::string RequestFuzzer::query(const Operation& operation, const Known& known, FuzzedRequest& request) {
  std::string out;
  const auto add = [&](const std::string& name, const std::string& value) {
    out += (out.empty() ? "?" : "&") + name + "=" + value;
  };
  if (!operation.description.contains("parameters")) return out;
  for (const json::value& parameter : operation.description.at("parameters").as_array()) {
    const std::string name(parameter.at("name").as_string());
    if (parameter.at("in").as_string() != "query" || (name != "dry_run" && !values_.in(3))) continue;
    if (!values_.in(4)) {
      add(name, http::encode(values_.parameter(name, known)));
      continue;
    }
    const std::string hostile = values_.hostile();
    const bool is_encoded = values_.in(3);
    add(name, is_encoded ? values_.hostile_encoded() : http::encode(hostile));
    const json::value* type = parameter.at("schema").as_object().if_contains("type");
    const bool is_number = type != nullptr && *type == "integer";
    if (is_number && !is_encoded && hostile.find_first_not_of("0123456789") != std::string::npos)
      request.must_be_refused = true;
    // What is neither word may not be taken for one of them.
    const bool is_flag = name == "dry_run" || name == "follow";
    if (is_flag && !out.ends_with("=true") && !out.ends_with("=false")) request.must_be_refused = true;
  }
  if (values_.in(25)) {
    add("unknown_parameter", "1");
    request.must_be_refused = true;
  }
  return out;
}

void RequestFuzzer::add_headers(const Operation& operation, std::string& headers, FuzzedRequest& request) {
  static const std::vector<std::string> keys{
      "key-1", "key-2", "key-3", "key-4", "k\xc3\xa9y", "a/b", " ", "", std::string(300, 'k')};
  if (operation.method != "GET" && values_.in(4)) headers += "Idempotency-Key: " + values_.one_of(keys) + "\r\n";
  if (operation.name == "watchEvents" && values_.in(3)) {
    const bool is_number = values_.in(2);
    headers += fmt::format("Last-Event-ID: {}\r\n", is_number ? std::to_string(random_.below(1000)) : "x7");
    request.must_be_refused |= !is_number;
  }
  if (values_.in(8)) headers += "Accept-Encoding: gzip\r\n";
  if (values_.in(30)) headers += "Accept: text/html\r\n";
  if (values_.in(40)) {
    headers += "Connection: close\r\n";
    request.asks_to_close = true;
  }
  if (values_.in(60)) request.is_http10 = true;
  const bool has_host = request.is_http10 || !values_.in(100);
  if (has_host) headers += "Host: x\r\n";
  if (!values_.in(15)) {
    request.must_be_refused |= !has_host;
    return;
  }
  static const std::vector<std::string> wrong{"Host: y\r\nHost: z\r\n", "Expect: 200-ok\r\n", "X: \xff\xfe\r\n",
                                              "No colon\r\n", "X: " + std::string(20'000, 'h') + "\r\n"};
  if (values_.in(6)) {
    for (int i = 0; i < 120; ++i) headers += fmt::format("X-{}: 1\r\n", i);
  } else {
    headers += values_.one_of(wrong);
  }
  request.must_be_refused = true;
}

// Jobs are let run as long as there is room for it, and else held.
void RequestFuzzer::hold(json::value& jobs) {
  if (jobs.is_array()) {
    for (json::value& job : jobs.as_array()) hold(job);
  }
  if (!jobs.is_object()) return;
  json::object& job = jobs.as_object();
  if (json::value* all = job.if_contains("jobs")) hold(*all);
  if (!job.contains("script")) return;
  const bool may_run = runs_ > 4 && values_.in(2) && !job.contains("array");
  if (may_run) {
    --runs_;
  } else {
    job["hold"] = true;
  }
}

// Of its members one excludes another, which the schema does not say.
json::value RequestFuzzer::window_document(const Known& known) {
  const std::uint64_t hours = random_.below(40);
  json::object window{{"name", fmt::format("w{}", random_.below(1000))},
                      {"from", fmt::format("{}h", hours)},
                      {"for", "30m"},
                      {"nodes", json::array{json::value(values_.one_of(known.nodes))}}};
  if (values_.in(3)) window["tenant"] = values_.one_of(known.tenants);
  return window;
}

// What the schema says, or nearly, as JSON or YAML.
std::string RequestFuzzer::document(const Operation& operation, const Known& known, FuzzedRequest& request,
                                    std::string& type) {
  static const std::vector<std::string> texts{"",
                                              "null",
                                              "[]",
                                              "\"x\"",
                                              "{",
                                              "}",
                                              "&a [*a, *a]",
                                              "%YAML 9",
                                              "--- a\n--- b",
                                              "\t: x",
                                              "a: &x {b: *x}",
                                              "\xff\xfe",
                                              "{\"a\":1}{}",
                                              std::string(5000, '['),
                                              "\xef\xbb\xbf{}"};
  const json::object& content = operation.description.at("requestBody").at("content").as_object();
  const json::object& schema = content.at("application/json").at("schema").as_object();
  const bool is_of_estate = operation.name == "declareFleet" || operation.name == "declareTenants";
  json::value value =
      is_of_estate ? estate_document(operation.name, random_.below(10)) : values_.fitting(schema, "", known);
  if (operation.name == "openWindow" && values_.in(2)) value = window_document(known);
  bool is_spoilt = values_.in(2);
  for (std::uint64_t times = is_spoilt ? 1 + random_.below(2) : 0; times > 0; --times) values_.spoil(value);
  if (operation.name == "submitJobs") hold(value);
  const bool is_yaml = content.contains("application/yaml") && values_.in(3);
  if (is_yaml) type = "application/yaml";
  std::string text = is_yaml ? to_yaml(value) : json::serialize(value);
  if (values_.in(10) && !names_files(text)) {
    values_.mutate(text);
    is_spoilt = true;
  }
  // What was spoilt may still be taken, and the rest of the test would then be about another estate.
  const bool is_dry = request.target.find("dry_run=true") != std::string::npos;
  if (values_.in(40) || (is_of_estate && is_spoilt && !is_dry)) return values_.one_of(texts);
  return text;
}

void RequestFuzzer::add_body(const Operation& operation, const Known& known, std::string& headers,
                             FuzzedRequest& request) {
  static const std::vector<std::string> types{"text/plain", "application/x-www-form-urlencoded", "yaml", "",
                                              "\"",         "application/json; charset=utf-7"};
  const bool takes_body = operation.description.contains("requestBody");
  if (!takes_body && !values_.in(20)) {
    if (operation.method != "GET") headers += "Content-Length: 0\r\n";
    return;
  }
  std::string type = "application/json";
  std::string body = takes_body ? document(operation, known, request, type) : "{}";
  if (values_.in(150)) {
    body = "{\"name\":\"" + std::string(body_max, 'n') + "\"}";
    request.must_be_refused |= takes_body;
  }
  if (values_.in(12)) type = values_.one_of(types);
  if (!type.empty()) headers += "Content-Type: " + type + "\r\n";
  request.bytes = framed(std::move(body), headers, request);
}

// Packs it, or says that it is, and tells its length in one of the two ways.
std::string RequestFuzzer::framed(std::string body, std::string& headers, FuzzedRequest& request) {
  if (values_.in(15)) {
    const std::uint64_t kind = random_.below(5);
    const std::string packed = packer_.pack(body);
    if (kind < 2) {
      body = packed;
    } else if (kind == 2) {
      body = packed.substr(0, packed.size() / 2);
    }
    headers += kind == 4 ? "Content-Encoding: br\r\n" : "Content-Encoding: gzip\r\n";
    request.must_be_refused |= kind == 4 || (kind > 1 && !body.empty());
  }
  if (!request.is_http10 && values_.in(15)) {
    headers += "Transfer-Encoding: chunked\r\n";
    std::string chunks;
    for (std::size_t at = 0; at < body.size(); at += 1000) {
      const std::string piece = body.substr(at, 1000);
      chunks += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }
    return chunks + "0\r\n\r\n";
  }
  if (values_.in(50)) headers += "Expect: 100-continue\r\n";
  headers += fmt::format("Content-Length: {}\r\n", body.size());
  return body;
}

}  // namespace dure::e2e
