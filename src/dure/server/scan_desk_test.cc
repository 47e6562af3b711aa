#include "dure/server/scan_desk.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace dure::server {
namespace {

TEST(ScanDesk, ServesInOrderAndLetsNoTokenTakeAllPlaces) {
  ScanDesk desk;
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::string order;
  const auto scan = [&](char letter) {
    return [&order, open, letter] {
      open.wait();
      order += letter;
    };
  };
  for (std::size_t i = 0; i < ScanDesk::most_of_a_token; ++i)
    EXPECT_EQ(desk.post("a", scan('a')), ScanDesk::Taken::yes);
  EXPECT_EQ(desk.post("a", scan('x')), ScanDesk::Taken::too_many_of_the_token);
  EXPECT_EQ(desk.post("b", scan('b')), ScanDesk::Taken::yes);
  std::promise<void> served;
  EXPECT_EQ(desk.post("c", [&] { served.set_value(); }), ScanDesk::Taken::yes);
  gate.set_value();
  served.get_future().wait();
  EXPECT_EQ(order, std::string(ScanDesk::most_of_a_token, 'a') + "b");
  std::promise<void> again;
  EXPECT_EQ(desk.post("a", [&] { again.set_value(); }), ScanDesk::Taken::yes);
  again.get_future().wait();
}

TEST(ScanDesk, TakesNoMoreThanMayWait) {
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  ScanDesk desk;
  std::size_t taken = 0;
  while (desk.post("token " + std::to_string(taken), [open] { open.wait(); }) == ScanDesk::Taken::yes) ++taken;
  EXPECT_GE(taken, ScanDesk::most_waiting);
  EXPECT_LE(taken, ScanDesk::most_waiting + 1);  // the first may be on its way
  EXPECT_EQ(desk.post("another", [] {}), ScanDesk::Taken::too_many);
  gate.set_value();
}

}  // namespace
}  // namespace dure::server
