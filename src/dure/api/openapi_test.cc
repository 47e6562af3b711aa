#include "dure/api/openapi.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <string>

#include "dure/api/described.h"
#include "dure/api/route.h"

namespace dure::api {
namespace {

namespace json = boost::json;

TEST(OpenApi, EveryRouteIsDescribedOnce) {
  std::multiset<std::string_view> described_names;
  for (const Described& it : described()) described_names.insert(it.name);
  for (const Route& route : routes()) EXPECT_EQ(described_names.count(route.name), 1u) << route.name;
  EXPECT_EQ(described_names.size(), routes().size());
}

// The names of all schemas that the text refers to.
std::set<std::string> references_in(std::string_view text) {
  constexpr std::string_view before = "#/components/schemas/";
  std::set<std::string> names;
  for (std::size_t at = text.find(before); at != std::string_view::npos; at = text.find(before, at + 1)) {
    const std::size_t begin = at + before.size();
    names.emplace(text.substr(begin, text.find('"', begin) - begin));
  }
  return names;
}

TEST(OpenApi, EverySchemaThatIsNamedIsThere) {
  std::set<std::string> known;
  for (const auto& [name, schema] : schemas()) known.emplace(name);
  EXPECT_EQ(references_in(openapi("1")), known);
}

TEST(OpenApi, SaysWhatEachRouteAnswersAndHowItRefuses) {
  const json::value document = json::parse(openapi("1"));
  for (const auto& [path, operations] : document.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      const json::object& responses = operation.at("responses").as_object();
      EXPECT_TRUE(responses.contains("200") || responses.contains("201")) << path << ' ' << method;
      for (const auto& [status, response] : responses) {
        EXPECT_TRUE(response.as_object().contains("content")) << path << ' ' << method << ' ' << status;
      }
    }
  }
}

TEST(OpenApi, NamesThePartsOfAPath) {
  const json::value document = json::parse(openapi("1"));
  const json::value& parameters = document.at("paths").at("/v1/jobs/{id}").at("get").at("parameters");
  EXPECT_EQ(json::serialize(parameters), R"([{"name":"id","in":"path","schema":{"type":"string"},"required":true}])");
}

}  // namespace
}  // namespace dure::api
