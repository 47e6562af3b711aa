#include "dure/work/shape_table.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

Shape gang(std::uint32_t tasks) { return {.tasks_min = tasks, .tasks_max = tasks, .per_task = {.gpu_milli = 8000}}; }

TEST(ShapeTable, EqualShapesShareAnId) {
  ShapeTable table;
  const ShapeId one = table.take(gang(1));
  const ShapeId two = table.take(gang(2));
  EXPECT_NE(one, two);
  EXPECT_EQ(table.take(gang(1)), one);
  EXPECT_EQ(table[two], gang(2));
}

TEST(ShapeTable, AShapeNobodyUsesMakesRoom) {
  ShapeTable table;
  const ShapeId one = table.take(gang(1));
  table.take(gang(1));
  table.give_back(one);
  EXPECT_EQ(table.take(gang(1)), one);
  table.give_back(one);
  table.give_back(one);
  EXPECT_EQ(table.take(gang(3)), one);
  EXPECT_EQ(table.id_bound(), 1u);
}

}  // namespace
}  // namespace dure
