#include "dure/base/host_list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dure/base/random.h"

namespace dure {
namespace {

constexpr std::uint32_t most = 100'000;

std::vector<std::string> names(std::string_view text) {
  auto read = read_host_list(text, most);
  EXPECT_TRUE(read) << text << ": " << read.error().found;
  return read ? *std::move(read) : std::vector<std::string>{};
}

using Names = std::vector<std::string>;

TEST(HostList, ReadsNamesAndRanges) {
  EXPECT_EQ(names("login1"), Names{"login1"});
  EXPECT_EQ(names("a,b-c.d"), (Names{"a", "b-c.d"}));
  EXPECT_EQ(names("gpu[1-3]"), (Names{"gpu1", "gpu2", "gpu3"}));
  EXPECT_EQ(names("gpu[7]"), Names{"gpu7"});
  EXPECT_EQ(names("gpu[3,1-2]-ib,login1"), (Names{"gpu3-ib", "gpu1-ib", "gpu2-ib", "login1"}));
}

TEST(HostList, KeepsTheZerosBeforeANumber) {
  EXPECT_EQ(names("gpu[008-011]"), (Names{"gpu008", "gpu009", "gpu010", "gpu011"}));
  EXPECT_EQ(names("gpu[8-11]"), (Names{"gpu8", "gpu9", "gpu10", "gpu11"}));
  EXPECT_EQ(names("gpu[098-101,7,07]"), (Names{"gpu098", "gpu099", "gpu100", "gpu101", "gpu7", "gpu07"}));
  EXPECT_EQ(names("gpu[099-1000]").back(), "gpu1000");
  EXPECT_EQ(names("gpu[001-3]").back(), "gpu003");
  EXPECT_EQ(names("gpu[000-001]"), (Names{"gpu000", "gpu001"}));
}

TEST(HostList, BracketsMultiplyAndTheLastVariesFastest) {
  EXPECT_EQ(names("r[1-2]n[1-3]"), (Names{"r1n1", "r1n2", "r1n3", "r2n1", "r2n2", "r2n3"}));
  EXPECT_EQ(names("[1-2][0,5]x,y"), (Names{"10x", "15x", "20x", "25x", "y"}));
}

TEST(HostList, NamesTheMistakeAndItsPlace) {
  const auto mistake = [](std::string_view text) {
    const auto read = read_host_list(text, most);
    return read ? "" : read.error().found + "; " + read.error().remedy;
  };
  const std::string numbers = "; write numbers and ranges such as [1-4,7]";
  EXPECT_EQ(mistake(""), "found no name at character 1; write names such as gpu[001-016],login1");
  EXPECT_EQ(mistake("a,,b"), "found no name at character 3; write names such as gpu[001-016],login1");
  EXPECT_EQ(mistake("a,"), "found no name at character 3; write names such as gpu[001-016],login1");
  EXPECT_EQ(mistake("a[1-2"), "found a '[' at character 2 that is never closed; write the ']'");
  EXPECT_EQ(mistake("a,b1]"), "found a ']' at character 5 without a '[' before it; remove it");
  EXPECT_EQ(mistake("가[]"), "found no number at character 3" + numbers);
  EXPECT_EQ(mistake("a[1,]"), "found no number at character 5" + numbers);
  EXPECT_EQ(mistake("a[1-]"), "found no number at character 5" + numbers);
  EXPECT_EQ(mistake("a[-1]"), "found no number at character 3" + numbers);
  EXPECT_EQ(mistake("a[1-2-3]"), "found neither ',' nor ']' at character 6" + numbers);
  EXPECT_EQ(mistake("a[1[2]]"), "found neither ',' nor ']' at character 4" + numbers);
  EXPECT_EQ(mistake("a[7,5-3]"), "found a range at character 5 that falls; write the smaller number first");
  EXPECT_EQ(mistake("a[1-010]"),
            "found a range at character 3 whose last number has more zeros before it than the first; write its first "
            "number with as many zeros");
  EXPECT_EQ(mistake("a[0000000000000001]"), "found a number at character 3 of more than 15 digits; write fewer");
}

TEST(HostList, ReadsAsManyNamesAsAreAllowedAndNoMore) {
  const auto count = [](std::string_view text, std::uint32_t allowed) {
    const auto read = read_host_list(text, allowed);
    return read ? static_cast<int>(read->size()) : -1;
  };
  EXPECT_EQ(count("a[1-3],b", 4), 4);
  EXPECT_EQ(count("a[1-3],b", 3), -1);
  EXPECT_EQ(count("a[1-4][1-5]", 20), 20);
  EXPECT_EQ(count("a[1-4][1-5]", 19), -1);
  EXPECT_EQ(count("a[1-2,5-9]", 6), -1);
  // Products beyond 64 bits.
  EXPECT_EQ(count("a[0-999999999999999][0-999999999999999]", 4'294'967'295), -1);
  EXPECT_EQ(count("a[1-4000000000][0-999999999999999]", 4'294'967'295), -1);
  EXPECT_EQ(read_host_list("a[1-4]", 3).error().found, "found more than 3 names");
}

TEST(HostList, ReadsNoNameThatIsTooLong) {
  const std::string stem(longest_host_name - 2, 'x');
  EXPECT_EQ(names(stem + "[8-11]").back().size(), longest_host_name);
  const auto read = read_host_list("a," + stem + "[99-100]", most);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().found, "found a name at character 3 of more than 128 bytes");
}

// It must not take time that grows with the square of the text.
TEST(HostList, ReadsALongListInOneGo) {
  std::string text = "a[1";
  for (int i = 1; i < 1'000'000; ++i) text += ",1";
  const auto read = read_host_list(text + "]", 1'000'000);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 1'000'000u);
}

TEST(HostList, WritesRangesOverTheLastNumber) {
  EXPECT_EQ(to_host_list({}), "");
  EXPECT_EQ(to_host_list(Names{"login"}), "login");
  EXPECT_EQ(to_host_list(names("gpu[001-016,020],login1")), "gpu[001-016,020],login1");
  EXPECT_EQ(to_host_list(names("gpu[8-11]")), "gpu[8-11]");
  EXPECT_EQ(to_host_list(Names{"gpu9", "gpu010"}), "gpu[9,010]");
  EXPECT_EQ(to_host_list(Names{"gpu099", "gpu100", "gpu0101"}), "gpu[099-100,0101]");
  EXPECT_EQ(to_host_list(Names{"r1n1-ib", "r1n2-ib", "r2n1-ib"}), "r1n[1-2]-ib,r2n1-ib");
  EXPECT_EQ(to_host_list(Names{"b", "b", "a2", "a1", "a2", "a2"}), "b,b,a[2,1-2,2]");
  EXPECT_EQ(to_host_list(Names{"x999999999999999", "x1000000000000000"}), "x999999999999999,x1000000000000000");
}

// Names as clusters have them, and worse: of few stems and numbers, so that neighbours often go together.
std::string random_name(Random& random) {
  static const std::vector<std::string> stems{"", "gpu", "r1n", "a9", "9", "-", "가"};
  const auto number = [&] {
    std::string text = std::to_string(random.below(3) == 0 ? random.next() : random.below(13));
    return std::string(random.below(3), '0') + text;
  };
  std::string name = stems[random.below(stems.size())] + number();
  if (random.below(4) == 0) name += "-ib";
  if (random.below(4) == 0) name += number();
  return random.below(8) == 0 ? "login" : name;
}

TEST(HostList, WhatIsWrittenReadsBackEqual) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    Random random(seed);
    Names written;
    const std::size_t size = 1 + random.below(12);
    while (written.size() < size) {
      written.push_back(random_name(random));
      const std::uint64_t first = random.below(120);
      for (std::uint64_t i = 0; random.below(4) != 0; ++i) {
        written.push_back("n0" + std::to_string(first + i));
      }
    }
    const std::string text = to_host_list(written);
    ASSERT_EQ(names(text), written) << "seed " << seed << ": " << text;
  }
}

// Whatever the text: it is refused with a reason, or is the same list when written in another way.
TEST(HostList, AnyTextIsReadOrRefused) {
  constexpr std::string_view letters = "[],-0019ab";
  std::size_t accepted = 0;
  for (std::uint64_t seed = 1; seed <= 200'000; ++seed) {
    Random random(seed);
    std::string text;
    const std::size_t size = random.below(14);
    while (text.size() < size) text += letters[random.below(letters.size())];
    const auto read = read_host_list(text, 1000);
    if (!read) {
      ASSERT_FALSE(read.error().found.empty() || read.error().remedy.empty()) << text;
      continue;
    }
    ++accepted;
    ASSERT_EQ(names(to_host_list(*read)), *read) << "seed " << seed << ": " << text;
  }
  EXPECT_GT(accepted, 10'000u);
}

}  // namespace
}  // namespace dure
