#include "dure/server/doorbell.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace dure::server {
namespace {

using namespace std::chrono_literals;

TEST(Doorbell, EndsTheSleepAtItsDeadlineIfNobodyRings) {
  Doorbell bell;
  const auto deadline = Doorbell::Clock::now() + 5ms;
  bell.wait_until(deadline, [] { return false; });
  EXPECT_GE(Doorbell::Clock::now(), deadline);
}

TEST(Doorbell, DoesNotSleepWhereThereIsWork) {
  Doorbell bell;
  bell.wait_until(Doorbell::Clock::now() + 10min, [] { return true; });
}

// What rings between a look for work and the sleep must end that sleep, whichever ring it is.
TEST(Doorbell, HearsEachRingAfterALook) {
  Doorbell bell;
  const auto deadline = Doorbell::Clock::now() + 1min;
  int looks = 0;
  bell.wait_until(deadline, [&] {
    bell.ring();
    return ++looks == 4;
  });
  EXPECT_EQ(looks, 4);
  EXPECT_LT(Doorbell::Clock::now(), deadline);
}

// Each waits for the other in turn: a ring that is lost leaves both asleep for a minute.
TEST(Doorbell, IsHeardByAnotherThread) {
  constexpr int turns = 20'000;
  const auto deadline = Doorbell::Clock::now() + 1min;
  Doorbell asked;
  Doorbell answered;
  std::atomic<int> questions{0};
  std::atomic<int> answers{0};
  std::thread other([&] {
    for (int turn = 1; turn <= turns; ++turn) {
      asked.wait_until(deadline, [&] { return questions >= turn; });
      answers = turn;
      answered.ring();
    }
  });
  for (int turn = 1; turn <= turns; ++turn) {
    questions = turn;
    asked.ring();
    answered.wait_until(deadline, [&] { return answers >= turn; });
  }
  other.join();
  EXPECT_LT(Doorbell::Clock::now(), deadline);
}

}  // namespace
}  // namespace dure::server
