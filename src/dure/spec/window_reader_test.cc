#include "dure/spec/window_reader.h"

#include <gtest/gtest.h>

#include "dure/spec/json_value.h"

namespace dure::spec {
namespace {

const Fleet two_pools({.name = "f",
                       .sites = {{.name = "s",
                                  .pools = {{.name = "p", .cpu_milli = 1000, .nodes_per_rack = 3},
                                            {.name = "q", .cpu_milli = 1000, .nodes_per_rack = 2}}}}});
const Tenants one_tenant({.roots = {{.name = "a"}}}, two_pools.pool_paths());
const Time present = Time{} + days(20'000);

Result<Window> read_window_text(std::string_view text, std::optional<Time> from = present) {
  return read_json_text(text, "window",
                        [&](const Node& node) { return read_window(node, two_pools, one_tenant, from); });
}

std::string mistakes_of(std::string_view text, std::optional<Time> from = present) {
  const auto window = read_window_text(text, from);
  return window ? "none" : window.error().message;
}

TEST(WindowReader, TakesNodesOrAPool) {
  const auto named = read_window_text(
      R"({"name": "w", "nodes": ["s-p-b01-r01-n3", "s-p-b01-r01-n1", "s-p-b01-r01-n3"], "for": "2h"})");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->nodes, (std::vector{NodeId{0}, NodeId{2}}));
  EXPECT_EQ(named->purpose, WindowPurpose::maintenance);
  EXPECT_EQ(read_window_text(R"({"name": "w", "pool": "s/q", "for": "2h"})")->nodes,
            (std::vector{NodeId{3}, NodeId{4}}));
  const std::string both = mistakes_of(R"({"name": "w", "pool": "s/q", "nodes": ["n"], "for": "2h", "until": "3h"})");
  EXPECT_NE(both.find("found both nodes and pool"), std::string::npos) << both;
  EXPECT_NE(both.find("found both for and until"), std::string::npos) << both;
  EXPECT_EQ(both.find("unknown key"), std::string::npos) << both;
  EXPECT_NE(mistakes_of(R"({"name": "w", "for": "2h"})").find("found neither nodes nor pool"), std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "nodes": ["s-p-b01-r01-n1"], "for": "2h"})").find("both"),
            std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "nodes": ["n9"], "for": "2h"})").find("unknown node 'n9'"), std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/x", "for": "2h"})").find("unknown pool 's/x'"), std::string::npos);
}

TEST(WindowReader, TakesTimesAndDurations) {
  const auto soon = read_window_text(R"({"name": "w", "pool": "s/q", "for": "2h"})");
  EXPECT_EQ(soon->from, present);
  EXPECT_EQ(soon->until, present + hours(2));
  const auto later = read_window_text(R"({"name": "w", "pool": "s/q", "from": "1h", "until": "2030-01-01T00:00:00Z"})");
  EXPECT_EQ(later->from, present + hours(1));
  EXPECT_EQ(later->until, *parse_time("2030-01-01T00:00:00Z"));
  EXPECT_EQ(read_window_text(R"({"name": "w", "pool": "s/q", "from": "1h", "for": "2h"})")->until, present + hours(3));
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q"})").find("neither for nor until"), std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "for": "1h", "until": "2h"})").find("both for and until"),
            std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "soon", "for": "1h"})").find("a time with a zone"),
            std::string::npos);
}

TEST(WindowReader, EndsAfterItsBeginningAndAfterNow) {
  EXPECT_EQ(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "2h", "until": "7200s"})"),
            "window:1:53: until: found '7200s', which is not after the beginning; write a later end");
  EXPECT_EQ(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "2h", "until": "7201s"})"), "none");
  EXPECT_EQ(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "2000-01-01T00:00:00Z", "for": "1h"})"),
            "window:1:69: for: found '1h', and the window has passed; write a later end");
  EXPECT_EQ(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "2000-01-01T00:00:00Z", "until": "1s"})"), "none");
  // What begins who knows when has no end before that.
  const std::string soon =
      mistakes_of(R"({"name": "w", "pool": "s/q", "from": "soon", "until": "2000-01-01T00:00:00Z"})");
  EXPECT_EQ(soon.find("until"), std::string::npos) << soon;
}

TEST(WindowReader, CountsFromTheStartWhereThereIsNoNow) {
  EXPECT_EQ(read_window_text(R"({"name": "w", "pool": "s/q", "from": "1h", "for": "2h"})", std::nullopt)->from,
            Time{} + hours(1));
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "from": "2030-01-01T00:00:00Z", "for": "1h"})", std::nullopt)
                .find("a duration from the start on"),
            std::string::npos);
}

TEST(WindowReader, IsReservedForATenant) {
  const auto lesson =
      read_window_text(R"({"name": "w", "pool": "s/q", "for": "2h", "tenant": "a", "reason": "day 1"})");
  EXPECT_EQ(lesson->purpose, WindowPurpose::reserved);
  EXPECT_EQ(lesson->tenant, TenantId{0});
  EXPECT_EQ(lesson->reason, "day 1");
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "for": "2h", "tenant": "b"})").find("unknown tenant 'b'"),
            std::string::npos);
  EXPECT_NE(mistakes_of(R"({"name": "w", "pool": "s/q", "for": "2h", "reason": "a\nb"})").find("a sentence"),
            std::string::npos);
}

}  // namespace
}  // namespace dure::spec
