#include "dure/spec/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace dure::spec {
namespace {

constexpr std::array<std::string_view, 4> words{"pools", "per_node", "name", "cpus"};

TEST(Suggest, FindsTheWordThatWasMeant) {
  EXPECT_EQ(nearest("pool", words), "pools");
  EXPECT_EQ(nearest("pernode", words), "per_node");
  EXPECT_EQ(nearest("nmae", words), "name");
  EXPECT_EQ(nearest("per-node", words), "per_node");
  EXPECT_FALSE(nearest("gpu", words));
  EXPECT_FALSE(nearest("", words));
  EXPECT_FALSE(nearest("x", words));
}

TEST(Suggest, NamesTheChoicesWhenNothingIsNear) {
  EXPECT_EQ(suggest("pool", words), "did you mean 'pools'?");
  EXPECT_EQ(suggest("zebra", words), "write pools, per_node, name or cpus");
}

}  // namespace
}  // namespace dure::spec
