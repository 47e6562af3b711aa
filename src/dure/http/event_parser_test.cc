#include "dure/http/event_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace dure::http {
namespace {

std::vector<Event> events_of(std::initializer_list<std::string_view> pieces) {
  EventParser parser;
  std::vector<Event> events;
  for (const std::string_view piece : pieces) {
    const auto next = parser.feed(piece, [&](const Event& event) {
      events.push_back(event);
      return Next::go_on;
    });
    EXPECT_TRUE(next);
  }
  return events;
}

constexpr char sample_text[] =
    "\xef\xbb\xbfid: 7\nevent: started\ndata: a\ndata: b\n\n"
    ": comment\r\n\r\n"
    "data:no space\rdata\r\r"
    "event: without data\n\n"
    "id: nul\0id\ndata: still 7\n\n"
    "id\ndata: x: y\nretry: 5\nunknown: z\r\n\r\n"
    "data: never ends\n";
constexpr std::string_view sample(sample_text, sizeof sample_text - 1);

const std::vector<Event> sample_events{
    {"7", "started", "a\nb"}, {"7", "message", "no space\n"}, {"7", "message", "still 7"}, {"", "message", "x: y"}};

TEST(EventParser, ReadsWhatTheStandardDescribes) { EXPECT_EQ(events_of({sample}), sample_events); }

TEST(EventParser, DoesNotMindWhereTheInputIsCut) {
  for (std::size_t at = 0; at <= sample.size(); ++at) {
    EXPECT_EQ(events_of({sample.substr(0, at), sample.substr(at)}), sample_events) << "cut at " << at;
  }
}

TEST(EventParser, ReadsByteByByte) {
  EventParser parser;
  std::vector<Event> events;
  for (const char& c : sample) {
    ASSERT_TRUE(parser.feed({&c, 1}, [&](const Event& event) {
      events.push_back(event);
      return Next::go_on;
    }));
  }
  EXPECT_EQ(events, sample_events);
}

TEST(EventParser, StopsWhenToldTo) {
  EventParser parser;
  int events = 0;
  const auto next = parser.feed("data: 1\n\ndata: 2\n\n", [&](const Event&) {
    ++events;
    return Next::stop;
  });
  EXPECT_EQ(next, Next::stop);
  EXPECT_EQ(events, 1);
}

TEST(EventParser, KeepsTheIdOfAnEventWithoutData) {
  EventParser parser;
  ASSERT_TRUE(parser.feed("id: 12\n\n", [](const Event&) {
    ADD_FAILURE();
    return Next::go_on;
  }));
  EXPECT_EQ(parser.last_id(), "12");
}

TEST(EventParser, RefusesALineBeyondTheBound) {
  const auto ignore = [](const Event&) { return Next::go_on; };
  EXPECT_TRUE(EventParser(10).feed("data: 1234\n", ignore));
  EXPECT_FALSE(EventParser(10).feed("data: 12345\n", ignore));
  EXPECT_FALSE(EventParser(10).feed("data: never an end", ignore));
}

TEST(EventParser, RefusesAnEventBeyondTheBound) {
  const auto ignore = [](const Event&) { return Next::go_on; };
  EventParser parser(10);
  EXPECT_TRUE(parser.feed("data:12345\ndata:1\n", ignore));
  EXPECT_FALSE(parser.feed("data:123\n", ignore));
}

TEST(Event, ComesBackFromItsFrame) {
  for (const Event& event : {Event{"3", "started", "{}"}, Event{"3", "message", "a\nb\n"}, Event{"", "message", "\n\n"},
                             Event{"4", "x", " leading"}, Event{"5", "message", "a\n\nb"}}) {
    EXPECT_EQ(events_of({to_frame(event)}), std::vector<Event>{event}) << to_frame(event);
  }
}

TEST(Event, CannotBeMadeToForgeAnother) {
  const auto events = events_of({to_frame({.id = "1\ndata: forged\n\n", .name = "a\rb", .data = "x\r\ny\rz"})});
  EXPECT_EQ(events, (std::vector<Event>{{"1 data: forged  ", "a b", "x\ny\nz"}}));
}

}  // namespace
}  // namespace dure::http
