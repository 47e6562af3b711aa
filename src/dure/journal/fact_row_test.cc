#include "dure/journal/fact_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"
#include "dure/base/random.h"
#include "dure/journal/archive.h"
#include "dure/journal/test_story.h"

namespace dure {
namespace {

// Fills whatever `fields` names with random values: an archive that reads from a generator.
class Filler {
 public:
  Layout layout = last_of(Layout{});

  explicit Filler(Random& random) : random_(random) {}

  template <Plain T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = random_.below(2) == 1;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(random_.below(static_cast<std::uint64_t>(last_of(T{})) + 1));
    } else {
      value = static_cast<T>(random_.next());
    }
  }
  template <class Tag>
  void operator()(Id<Tag>& id) {
    (*this)(id.value);
  }
  void operator()(Time& time) { (*this)(time.ns); }
  void operator()(Duration& duration) { (*this)(duration.ns); }
  void operator()(std::string& text) {
    text.resize(random_.below(20));
    for (char& c : text) c = static_cast<char>(random_.below(256));
  }
  template <class T>
  void operator()(std::vector<T>& values) {
    values.resize(++depth_ > 4 ? 0 : random_.below(4));
    for (T& value : values) (*this)(value);
    --depth_;
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    if (random_.below(2) == 1) (*this)(value.emplace());
  }
  template <class... Ts>
  void operator()(std::variant<Ts...>& value) {
    fill(value, random_.below(sizeof...(Ts)), std::index_sequence_for<Ts...>{});
  }
  template <class T>
    requires requires(Filler& filler, T& value) { fields(filler, value); }
  void operator()(T& value) {
    fields(*this, value);
  }

 private:
  template <class Variant, std::size_t... at>
  void fill(Variant& value, std::size_t wanted, std::index_sequence<at...>) {
    (void)((at == wanted && ((*this)(value.template emplace<at>()), true)) || ...);
  }

  Random& random_;
  int depth_ = 0;
};

template <std::size_t... Kind>
Change change_of_kind(std::size_t kind, Random& random, std::index_sequence<Kind...>) {
  Change change;
  Filler filler(random);
  ((Kind == kind ? filler(change.emplace<Kind>()) : void()), ...);
  return change;
}

constexpr std::size_t kinds = std::variant_size_v<Change>;

Fact random_fact(std::size_t kind, Random& random) {
  return {Time{static_cast<std::int64_t>(random.next())},
          change_of_kind(kind, random, std::make_index_sequence<kinds>{})};
}

std::vector<std::byte> bytes_of(const auto& value) {
  ByteWriter writer;
  writer(value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

// A row of facts of all kinds.
struct Turn {
  std::vector<Fact> facts;
  ByteWriter writer;
  FactRow row{.first = 1};

  explicit Turn(std::uint64_t seed) {
    Random random(seed);
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      facts.push_back(random_fact(kind, random));
      const std::size_t begin = writer.bytes().size();
      writer(facts.back());
      row.chain = chain_hash(row.chain, writer.bytes().subspan(begin));
    }
    row.count = kinds;
    row.bytes = writer.bytes();
  }
};

std::string problem(const FactRow& row) {
  Link link;
  std::vector<Fact> facts;
  const auto read = read_facts(row, link, facts);
  return read ? "" : read.error().message;
}

TEST(FactRow, EveryKindOfFactIsReadAsItWasWritten) {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      const auto written = bytes_of(random_fact(kind, random));
      const auto read = from_bytes<Fact>(written);
      ASSERT_TRUE(read) << kind;
      EXPECT_EQ(read->change.index(), kind);
      EXPECT_EQ(bytes_of(*read), written);
    }
  }
}

Fact declared(const PoolSpec& pool) {
  return {Time{7}, FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}}};
}

PoolSpec some_pool() { return {.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 1000}; }

// What the first programs wrote of some_pool(), under their number; and what is added to it.
std::vector<std::byte> written_as(std::uint8_t number, const auto&... added) {
  ByteWriter writer;
  writer(std::int64_t{7});
  writer(number);
  writer(std::string("f"));
  writer(std::uint32_t{1});
  writer(std::string("s"));
  writer(std::uint8_t{0});
  writer(std::uint32_t{1});
  writer(std::string("p"));
  writer(std::string("X"));
  writer(std::int64_t{0});
  writer(std::uint32_t{8});
  writer(std::int64_t{1000});
  writer(std::int64_t{0});
  for (int i = 0; i < 3; ++i) writer(std::uint32_t{1});
  writer(std::uint32_t{0});
  writer(minutes(10));
  writer(hours(24));
  (writer(added), ...);
  return {writer.bytes().begin(), writer.bytes().end()};
}

TEST(FactRow, AFleetIsWrittenInTheOldestWayThatCanSayIt) {
  PoolSpec pool = some_pool();
  EXPECT_EQ(bytes_of(declared(pool)), written_as(0));
  pool.min_run_time = minutes(5);
  EXPECT_EQ(bytes_of(declared(pool)), written_as(21, minutes(5)));
  pool.hosts = {"gpu1"};
  EXPECT_EQ(bytes_of(declared(pool)), written_as(34, minutes(5), pool.hosts));
  pool.min_run_time = {};
  EXPECT_EQ(bytes_of(declared(pool)), written_as(34, Duration{}, pool.hosts));
}

TEST(FactRow, AFleetIsReadInNoOtherWay) {
  const std::vector<std::string> hosts{"gpu1"};
  const auto is_read = [](const std::vector<std::byte>& bytes) { return from_bytes<Fact>(bytes).has_value(); };
  EXPECT_TRUE(is_read(written_as(0)));
  EXPECT_TRUE(is_read(written_as(34, Duration{}, hosts)));
  EXPECT_FALSE(is_read(written_as(34, minutes(5), std::vector<std::string>{})));
  EXPECT_FALSE(is_read(written_as(21, Duration{})));
  EXPECT_FALSE(is_read(written_as(21, minutes(5), hosts)));
  const auto read = from_bytes<Fact>(written_as(34, Duration{}, hosts));
  EXPECT_EQ(std::get<FleetDeclared>(read->change).fleet.sites[0].pools[0].hosts, hosts);
}

TEST(FactRow, IsReadWithItsChain) {
  const Turn turn(1);
  Link link;
  std::vector<Fact> facts;
  ASSERT_TRUE(read_facts(turn.row, link, facts));
  EXPECT_EQ(link, (Link{kinds, turn.row.chain}));
  EXPECT_EQ(bytes_of(facts), bytes_of(turn.facts));
}

TEST(FactRow, NoChangedBitIsAccepted) {
  Turn turn(2);
  std::vector<std::byte> bytes(turn.row.bytes.begin(), turn.row.bytes.end());
  turn.row.bytes = bytes;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_NE(problem(turn.row), "") << bit;
    bytes[bit / 8] ^= mask;
  }
  EXPECT_EQ(problem(turn.row), "");
}

TEST(FactRow, IsNotReadShortLongOrOutOfOrder) {
  Turn turn(3);
  for (std::size_t size = 0; size < turn.row.bytes.size(); ++size) {
    FactRow row = turn.row;
    row.bytes = row.bytes.first(size);
    EXPECT_NE(problem(row), "") << size;
  }
  FactRow fewer = turn.row;
  --fewer.count;
  EXPECT_NE(problem(fewer), "");
  FactRow later = turn.row;
  later.first = 2;
  EXPECT_EQ(problem(later), "fact 1 is missing; the next there is is 2");
}

TEST(Archive, HoldsRowsAsTheyWere) {
  const Turn one(1);
  const Turn two(2);
  ArchiveWriter writer;
  writer.add(one.row);
  writer.add(two.row);
  const auto packed = writer.pack();
  ASSERT_TRUE(packed);
  std::vector<std::vector<std::byte>> bytes;
  ASSERT_TRUE(unpack(*packed, [&](const FactRow& row) -> Result<void> {
    bytes.emplace_back(row.bytes.begin(), row.bytes.end());
    return {};
  }));
  ASSERT_EQ(bytes.size(), 2u);
  EXPECT_TRUE(std::ranges::equal(bytes[0], one.row.bytes));
  EXPECT_TRUE(std::ranges::equal(bytes[1], two.row.bytes));
  for (std::size_t size = 0; size < packed->size(); ++size) {
    EXPECT_FALSE(unpack(std::span(*packed).first(size), [](const FactRow&) -> Result<void> { return {}; })) << size;
  }
}

class KindsHeard final : public Journal {
 public:
  void append(const Fact& fact) override { kinds_.insert(fact.change.index()); }
  void commit() override {}
  const std::set<std::size_t>& kinds() const { return kinds_; }

 private:
  std::set<std::size_t> kinds_;
};

// The journals of the other tests hold every kind of fact.
TEST(Story, TellsOfEverything) {
  Story story(1);
  KindsHeard heard;
  story.tell(heard, 3000);
  EXPECT_EQ(heard.kinds().size(), kinds);
}

}  // namespace
}  // namespace dure
