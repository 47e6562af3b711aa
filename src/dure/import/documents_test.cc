#include "dure/import/documents.h"

#include <gtest/gtest.h>

#include "dure/spec/fleet_reader.h"
#include "dure/spec/tenants_reader.h"
#include "dure/spec/value.h"

namespace dure::importing {
namespace {

TEST(Documents, ScalarsReadBackAsTheyAre) {
  for (const char* text :
       {"gpu", "hall/h100", "/shared/dure", "a100+v100", "n[1-4],x", "123", "1e3", "-1", "true", "Null", "y", "no",
        "~",   "a: b",      "a #b",         "\"q\\",     "{x}",      "*a",  "&a",  "!a", "%",    "@",    "'", "두레",
        ""}) {
    spec::Mistakes mistakes;
    const auto block = spec::parse("k: " + yaml_scalar(text) + "\n", mistakes.add_file("x"), mistakes);
    const auto flow = spec::parse("{k: " + yaml_scalar(text) + ", l: 1}\n", mistakes.add_file("x"), mistakes);
    ASSERT_TRUE(block && flow && mistakes.empty()) << text << ": " << mistakes.error().message;
    for (const spec::Value* value : {block->find("k"), flow->find("k")}) {
      EXPECT_EQ(value->kind, spec::Kind::scalar) << text;
      EXPECT_EQ(value->text, text);
    }
  }
}

TEST(Documents, FleetsAndTenantsReadBackAsTheyAre) {
  FleetSpec fleet{.name = "7", .sites = {{.name = "true", .engine = EngineKind::slurm, .pools = {}}}};
  fleet.sites[0].pools = {{.name = "h100",
                           .gpu_model = "a,b",
                           .gpus_per_node = 8,
                           .cpu_milli = 192'000,
                           .memory_mib = 2'046'001,
                           .blocks = 2,
                           .racks_per_block = 1,
                           .nodes_per_rack = 2,
                           .hosts = {"n1", "n2", "n07", "x#1"},
                           .owners = {},
                           .default_time_limit = minutes(90)},
                          {.name = "cpu",
                           .cpu_milli = 64'000,
                           .racks_per_block = 3,
                           .nodes_per_rack = 1,
                           .hosts = {"c1", "c2", "1"},
                           .owners = {}}};
  const auto read = spec::read_fleet_text(fleet_document(fleet), "fleet.yaml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, fleet);

  TenantsSpec tenants{
      .roots = {{.name = "no"},
                {.name = "a",
                 .weight = 3,
                 .quotas = {{.pool = "true/h100", .guarantee_milli = 4000, .limit_milli = 8000, .racks = {}}}}},
      .fairness = Fairness::users};
  tenants.roots[1].children = {
      {.name = "12",
       .weight = 1'000'000,
       .quotas = {{.pool = "true/cpu", .guarantee_milli = {}, .limit_milli = 0, .racks = {}}}}};
  const auto back = spec::read_tenants_text(tenants_document(tenants), "tenants.yaml", Fleet(fleet));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, tenants);
}

}  // namespace
}  // namespace dure::importing
