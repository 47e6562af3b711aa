#include "checkpoint.h"

#include <gtest/gtest.h>

#include <string>

#include "durable_file.h"
#include "test_ranks.h"

namespace dure::train {
namespace {

Checkpoint sample(std::uint32_t step) {
  return {.identity = {.seed = 7, .width = 2, .hidden = 3, .batch = 4, .images = 5, .data = 6, .learning_rate = 0.5f},
          .progress = {.shuffle_state = 9, .epoch = 1, .step = step, .tally = {.loss = 1.5, .correct = 2, .images = 3}},
          .parameters = {1.0f, -2.0f, 3.0f},
          .velocity = {0.25f, 0.5f, -0.75f}};
}

TEST(Checkpoint, ComesBackAsItWas) {
  const auto back = decode(encode(sample(8)), sample(8).identity, "file");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->identity == sample(8).identity);
  EXPECT_EQ(back->progress.shuffle_state, 9u);
  EXPECT_EQ(back->progress.epoch, 1u);
  EXPECT_EQ(back->progress.step, 8u);
  EXPECT_EQ(back->progress.tally.loss, 1.5);
  EXPECT_EQ(back->progress.tally.correct, 2u);
  EXPECT_EQ(back->progress.tally.images, 3u);
  EXPECT_EQ(back->parameters, sample(8).parameters);
  EXPECT_EQ(back->velocity, sample(8).velocity);
}

TEST(Checkpoint, IsRefusedAtEveryLengthButItsOwn) {
  auto bytes = encode(sample(8));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto torn = decode(std::span(bytes).first(size), sample(8).identity, "file");
    ASSERT_FALSE(torn) << size;
    ASSERT_EQ(torn.error().message, "file is torn");
  }
  bytes.push_back(std::byte{});
  EXPECT_FALSE(decode(bytes, sample(8).identity, "file"));
}

TEST(Checkpoint, IsRefusedWithAnyByteChanged) {
  auto bytes = encode(sample(8));
  for (std::byte& byte : bytes) {
    byte ^= std::byte{1};
    ASSERT_FALSE(decode(bytes, sample(8).identity, "file")) << &byte - bytes.data();
    byte ^= std::byte{1};
  }
}

TEST(Checkpoint, OfAnotherTrainingNamesWhatDiffers) {
  Identity other = sample(8).identity;
  other.width = 3;
  other.data = 1;
  const auto refused = decode(encode(sample(8)), other, "file");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "file is of another training: width 2 instead of 3, data checksum 6 instead of 1; give the options of that "
            "one, or another folder with --checkpoint");
}

class Folder : public testing::Test {
 protected:
  // Returns the step of what is read, or -1 if there is none.
  int step_read() {
    const auto read = checkpoints_.read(sample(0).identity, note_);
    EXPECT_TRUE(read) << read.error().message;
    return read && *read ? static_cast<int>((*read)->progress.step) : -1;
  }

  TestFolder folder_;
  CheckpointFolder checkpoints_{folder_.path() / "made" / "if needed"};
  std::string note_;
};

TEST_F(Folder, HasNothingAtFirst) { EXPECT_EQ(step_read(), -1); }

TEST_F(Folder, GivesTheNewest) {
  for (const std::uint32_t step : {1u, 2u, 3u}) ASSERT_TRUE(checkpoints_.write(sample(step)));
  EXPECT_EQ(step_read(), 3);
  EXPECT_EQ(note_, "");
}

TEST_F(Folder, GivesThePreviousIfAKillCameBetweenTheNames) {
  for (const std::uint32_t step : {1u, 2u}) ASSERT_TRUE(checkpoints_.write(sample(step)));
  std::filesystem::remove(checkpoints_.newest());
  EXPECT_EQ(step_read(), 1);
}

TEST_F(Folder, SetsATornOneAsideSoThatTheWholeOneStays) {
  for (const std::uint32_t step : {1u, 2u}) ASSERT_TRUE(checkpoints_.write(sample(step)));
  write_text(checkpoints_.newest(), "torn");
  EXPECT_EQ(step_read(), 1);
  EXPECT_NE(note_.find("train.checkpoint is torn"), std::string::npos) << note_;
  ASSERT_TRUE(checkpoints_.write(sample(3)));
  EXPECT_EQ(step_read(), 3);
  std::filesystem::remove(checkpoints_.newest());
  EXPECT_EQ(step_read(), 1);
}

TEST_F(Folder, RefusesWhenThereIsNoWholeOne) {
  ASSERT_TRUE(checkpoints_.write(sample(1)));
  write_text(checkpoints_.newest(), "torn");
  const auto read = checkpoints_.read(sample(0).identity, note_);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("remove it to start anew"), std::string::npos) << read.error().message;
}

TEST_F(Folder, KeepsWhatThereIsIfTheNextCannotBeWritten) {
  ASSERT_TRUE(checkpoints_.write(sample(1)));
  std::filesystem::create_directory(checkpoints_.newest().string() + ".new");
  EXPECT_FALSE(checkpoints_.write(sample(2)));
  EXPECT_EQ(step_read(), 1);
}

}  // namespace
}  // namespace dure::train
