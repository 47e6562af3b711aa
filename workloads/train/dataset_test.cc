#include "dataset.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "test_ranks.h"

namespace dure::train {
namespace {

std::string word(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

std::string images(std::uint32_t count) {
  std::string text = word(0x803) + word(count) + word(28) + word(28);
  for (std::uint32_t i = 0; i < count; ++i) text += std::string(pixels_per_image, static_cast<char>(i));
  return text;
}

std::string labels(std::uint32_t count) {
  std::string text = word(0x801) + word(count);
  for (std::uint32_t i = 0; i < count; ++i) text += static_cast<char>(i);
  return text;
}

class DatasetFiles : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    const gzFile file = gzopen((folder_.path() / name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
  }
  void write_both(const std::string& image_text, const std::string& label_text) const {
    write("t10k-images-idx3-ubyte.gz", image_text);
    write("t10k-labels-idx1-ubyte.gz", label_text);
  }
  std::string complaint() const {
    const auto read = read_dataset(folder_.path(), Part::test, 100);
    return read ? "none" : read.error().message;
  }

  TestFolder folder_;
};

TEST_F(DatasetFiles, AreReadToTheLimit) {
  write_both(images(4), labels(4));
  const auto all = read_dataset(folder_.path(), Part::test, 100);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 4u);
  EXPECT_EQ(all->pixels[3 * pixels_per_image], 3);
  const auto some = read_dataset(folder_.path(), Part::test, 3);
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->labels, (std::vector<std::uint8_t>{0, 1, 2}));
  EXPECT_NE(checksum(*all), checksum(*some));
}

TEST_F(DatasetFiles, ThatAreMissingNameThePackage) {
  EXPECT_NE(complaint().find("install the Debian package dataset-fashion-mnist"), std::string::npos) << complaint();
}

TEST_F(DatasetFiles, ThatAreDamagedAreRefused) {
  const std::string damaged = "is damaged or no IDX file";
  write_both(images(4).substr(0, 2000), labels(4));
  EXPECT_NE(complaint().find("t10k-images-idx3-ubyte.gz " + damaged), std::string::npos) << complaint();
  write_both(images(4), labels(3));
  EXPECT_NE(complaint().find(damaged), std::string::npos) << complaint();
  write_both(labels(4), images(4));
  EXPECT_NE(complaint().find(damaged), std::string::npos) << complaint();
  write_both(images(11), labels(11));
  EXPECT_NE(complaint().find("t10k-labels-idx1-ubyte.gz " + damaged), std::string::npos) << complaint();
  write_both("", labels(4));
  EXPECT_NE(complaint().find(damaged), std::string::npos) << complaint();
}

}  // namespace
}  // namespace dure::train
