#include "dure/server/portal_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dure/base/test_folder.h"

namespace dure::server {
namespace {

class PortalFilesTest : public testing::Test {
 protected:
  PortalFilesTest() {
    std::filesystem::create_directory(folder_.path() / "assets");
    std::ofstream(folder_.path() / "index.html") << "<!doctype html>";
    std::ofstream(folder_.path() / "assets" / "index-1.js") << "go()";
    files_ = PortalFiles(folder_.path());
  }
  http::Response get(const std::string& path, std::vector<http::Header> headers = {}) const {
    return files_.answer({.target = path, .path = path, .headers = std::move(headers)});
  }

  TempFolder folder_;
  PortalFiles files_;
};

TEST_F(PortalFilesTest, GiveWhatWasBuiltWithItsType) {
  EXPECT_EQ(get("/index.html").body, "<!doctype html>");
  const http::Response script = get("/assets/index-1.js");
  EXPECT_EQ(script.body, "go()");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(script.header("cache-control")->find("immutable"), std::string::npos);
  EXPECT_EQ(get("/index.html").header("cache-control"), "no-cache");
}

TEST_F(PortalFilesTest, ShowEveryPageByOneDocument) {
  for (const char* page : {"/", "/fleet", "/jobs/12", "/tenants/a/b"})
    EXPECT_EQ(get(page).body, "<!doctype html>") << page;
  EXPECT_EQ(get("/nodes/gpu.example", {{"Accept", "text/html,*/*"}}).body, "<!doctype html>");
  EXPECT_EQ(get("/assets/index-2.js").status, 404u);
  EXPECT_EQ(get("/../session.key", {{"Accept", "*/*"}}).status, 404u);
}

TEST_F(PortalFilesTest, LetNothingInFromElsewhere) {
  const http::Response page = get("/");
  const std::string_view policy = page.header("content-security-policy").value_or("");
  EXPECT_TRUE(policy.starts_with("default-src 'self'"));
  EXPECT_EQ(policy.find("unsafe"), std::string_view::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string_view::npos);
}

TEST_F(PortalFilesTest, AreNotSentTwice) {
  const std::string tag(*get("/").header("etag"));
  EXPECT_EQ(get("/", {{"If-None-Match", tag}}).status, 304u);
  EXPECT_EQ(get("/", {{"If-None-Match", "\"x\""}}).status, 200u);
}

TEST(PortalFiles, SayThatThereAreNone) {
  const TempFolder empty;
  const PortalFiles files(empty.path());
  EXPECT_FALSE(files.is_there());
  const http::Response answer = files.answer({.path = "/"});
  EXPECT_EQ(answer.status, 404u);
  EXPECT_NE(answer.body.find("built without its portal"), std::string::npos);
}

TEST(PortalFiles, LeaveTheApiItsPaths) {
  for (const char* path : {"/v1", "/v1/jobs", "/openapi.json", "/metrics", "/healthz", "/readyz"})
    EXPECT_TRUE(is_of_api(path)) << path;
  for (const char* path : {"/", "/v10", "/jobs/1", "/metrics.js"}) EXPECT_FALSE(is_of_api(path)) << path;
}

}  // namespace
}  // namespace dure::server
