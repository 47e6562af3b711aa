#include "dure/spec/round_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dure/base/test_folder.h"

namespace dure::spec {
namespace {

using programme::Round;

const std::string rules = R"(call: nipa/large-1
kinds:
- {name: H200, cards: 2000, per_server: 8, cap: 256, price: 3000000}
- {name: B200, cards: 1000, per_server: 8}
classes: [academia, industry]
regions: {capital: [seoul], outside: [busan, jeju]}
tags: [n-up, youth]
months: 12
least_score: 60.5
sizes: [{name: large, from: {H200: 64}, least_score: 75}]
)";

std::string applications(const std::string& rest) {
  return "applications: [{name: A1, organisation: Busan University, class: academia, region: busan, score: 87.25, " +
         rest + "}]\n";
}

const std::string asks = "asks: {H200: 64}";

Result<Round> read_call(const std::string& more, const std::string& application = asks) {
  return read_round_text(rules + more + applications(application), "call.yaml", ".");
}

std::string mistakes_in_call(const std::string& more, const std::string& application = asks) {
  const auto round = read_call(more, application);
  return round ? "none" : round.error().message;
}

TEST(RoundReader, TakesACall) {
  const auto round =
      read_call("shares: [{class: academia, most: 33.34%}, {region: outside, kind: H200, least: 0.07%}]\n",
                "tags: [n-up], months: 6, asks: [{H200: 64}, {B200: 32}]");
  ASSERT_TRUE(round) << round.error().message;
  EXPECT_EQ(round->call.least_score, 6050);
  EXPECT_EQ(round->call.shares[0].most, 1000);  // of 3000, rounded down
  EXPECT_EQ(round->call.shares[1].least, 2);    // of 2000, rounded up
  EXPECT_EQ(round->call.shares[0].most_text, "33.34%");
  const programme::Application& application = round->applications[0];
  EXPECT_EQ(application.project, "A1");
  EXPECT_EQ(application.score, 8725);
  EXPECT_EQ(application.asks.size(), 2u);
  EXPECT_EQ(application.asks[1].kind, 1u);
}

TEST(RoundReader, NamesThePlaceAndTheRemedy) {
  EXPECT_EQ(mistakes_in_call("monts: 3\n"), "call.yaml:11:1: found the unknown key 'monts'; did you mean 'months'?");
  EXPECT_EQ(mistakes_in_call("shares: [{class: acadmia, most: 5}]\n"),
            "call.yaml:11:18: shares[0].class: found the unknown class 'acadmia'; did you mean 'academia'?");
  EXPECT_EQ(mistakes_in_call("shares: [{class: academia}]\n"),
            "call.yaml:11:10: shares[0]: found neither least nor most; say how much they may get");
  EXPECT_EQ(mistakes_in_call("shares: [{least: 8, most: 7}]\n"),
            "call.yaml:11:18: shares[0].least: found 8, above most, which is 7; write a smaller number");
  EXPECT_EQ(mistakes_in_call("shares: [{each: organisation, least: 8}]\n"),
            "call.yaml:11:38: shares[0].least: found least beside each; write a share with least for each of them by "
            "name");
  EXPECT_EQ(mistakes_in_call("shares: [{count: awards, most: 8%}]\n"),
            "call.yaml:11:32: shares[0].most: found a percentage of awards; write a number of awards, or count cards");
  EXPECT_EQ(mistakes_in_call("reducible: true\n"),
            "call.yaml:11:12: reducible: found true, and an award counts whole however small it is; write weigh: "
            "cards, or leave reducible out");
  EXPECT_EQ(mistakes_in_call("", "asks: {H100: 64}"),
            "call.yaml:11:111: applications[0].asks: found the unknown kind of cards 'H100'; did you mean 'H200'?");
  EXPECT_NE(mistakes_in_call("", "asks: {H200: 0}").find("write cards by kind such as {H200: 64}"), std::string::npos);
  EXPECT_NE(mistakes_in_call("", "asks: [{H200: 8}, {H200: 16}]").find("found one kind of cards twice"),
            std::string::npos);
  EXPECT_NE(mistakes_in_call("", asks + ", least: 8").find("found least, and the call reduces none"),
            std::string::npos);
  EXPECT_NE(mistakes_in_call("", asks + ", tags: [n-upp]").find("did you mean 'n-up'?"), std::string::npos);
}

// A table beside the call.
class RoundTable : public testing::Test {
 protected:
  std::string read(const std::string& table) {
    std::ofstream(folder_ / "a.csv") << table;
    std::ofstream(folder_ / "call.yaml") << rules << "applications: a.csv\n";
    const auto round = read_round(folder_ / "call.yaml");
    if (!round) {
      std::string message = round.error().message;
      const std::string folder = (folder_ / "").string();
      while (message.find(folder) != std::string::npos) message.erase(message.find(folder), folder.size());
      return message;
    }
    std::string text;
    for (const programme::Application& application : round->applications) {
      text += application.name + " of " + application.organisation + ", " + std::to_string(application.asks.size()) +
              " asks, " + std::to_string(application.tags.size()) + " tags;";
    }
    return text;
  }

  TempFolder folder_;
};

TEST_F(RoundTable, IsReadAsAListIs) {
  EXPECT_EQ(read("name,organisation,class,region,score,tags,asks\r\n"
                 "A1,\"Busan, \"\"the\"\" University\",academia,busan,80,n-up youth,H200:64 B200:32\r\n\n"
                 "A2,o,industry,seoul,70.5,,B200:8"),
            "A1 of Busan, \"the\" University, 2 asks, 2 tags;A2 of o, 1 asks, 0 tags;");
}

TEST_F(RoundTable, SaysWhatIsWrongAndWhere) {
  const std::string titles = "name,organisation,class,region,score,asks\n";
  EXPECT_EQ(read(titles + "A1,o,academia,busan,80,H200:8\nA2,o,academia,busann,80,H200:8\n"),
            "a.csv:3:15: [1].region: found the unknown region 'busann'; did you mean 'busan'?");
  EXPECT_EQ(read(titles + "A1,o,academia,busan,80\n"),
            "a.csv:2:1: found 5 cells; write 6, as many as the first line names");
  EXPECT_EQ(read(titles + "A1,\"o,academia,busan,80,H200:8\n"),
            "a.csv:2:4: found a quote that is not closed, or text behind it; write \"...\" around the whole cell, and "
            "\"\" for a quote in it");
  EXPECT_NE(read(titles + "A1,o,academia,busan,80,H200:8\nA1,o,academia,busan,80,H200:8\n")
                .find("a.csv:3:1: [1].name: found a second application named 'A1'"),
            std::string::npos);
  EXPECT_NE(read("").find("a.csv:1:1: found nothing"), std::string::npos);
  EXPECT_NE(read(titles + "A1,o,academia,,80,H200:8\n").find("region: missing"), std::string::npos);
}

}  // namespace
}  // namespace dure::spec
