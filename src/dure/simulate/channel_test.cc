#include "dure/simulate/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace dure::simulate {
namespace {

TEST(Channel, HandsOverAllInOrder) {
  Channel<std::unique_ptr<int>> channel(2);
  std::thread putter([&] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(channel.put(std::make_unique<int>(i)));
    channel.close();
  });
  int expected = 0;
  while (const auto value = channel.take()) EXPECT_EQ(**value, expected++);
  EXPECT_EQ(expected, 1000);
  putter.join();
}

TEST(Channel, NobodyWaitsOnceItIsClosed) {
  Channel<int> full(1);
  EXPECT_TRUE(full.put(1));
  std::thread putter([&] { EXPECT_FALSE(full.put(2)); });
  full.close();
  putter.join();
  EXPECT_EQ(full.take(), 1);
  EXPECT_EQ(full.take(), std::nullopt);
}

}  // namespace
}  // namespace dure::simulate
