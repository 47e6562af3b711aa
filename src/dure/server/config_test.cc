#include "dure/server/config.h"

#include <gtest/gtest.h>

#include "dure/spec/file.h"

namespace dure::server {
namespace {

TEST(Config, ReferenceStandsInTheDocumentAsItIsPrinted) {
  const auto page = spec::read_file(DURE_SOURCE_DIR "/docs/server.md");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_NE(page->find("\n" + config_reference() + "\n"), std::string::npos)
      << "docs/server.md holds what `dure serve --reference` printed once; put this there:\n"
      << config_reference();
}

TEST(Config, DemonstrationCanBeRead) {
  const auto config = read_config(DURE_SOURCE_DIR "/scenarios/live/server.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->tenants->roots.size(), 3U);
}

}  // namespace
}  // namespace dure::server
