#include "dure/http/target.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::http {
namespace {

// `path|name=value|name=value`, or `refused`.
std::string read(std::string_view target) {
  const auto read = read_target(target);
  if (!read) return "refused";
  std::string text = read->path;
  for (const Parameter& parameter : read->query) text += "|" + parameter.name + "=" + parameter.value;
  return text;
}

TEST(Target, ReadsPathAndParameters) {
  EXPECT_EQ(read("/"), "/");
  EXPECT_EQ(read("/v1/jobs?limit=10&state=running"), "/v1/jobs|limit=10|state=running");
  EXPECT_EQ(read("/a?b=1&b=2"), "/a|b=1|b=2");
  EXPECT_EQ(read("/a?"), "/a");
  EXPECT_EQ(read("/a?&b&c=&=d&e=f=g&"), "/a|b=|c=|=d|e=f=g");
  EXPECT_EQ(read("/a?b=c?d/e"), "/a|b=c?d/e");
}

TEST(Target, Decodes) {
  EXPECT_EQ(read("/a%20b%2Fc+d"), "/a b/c+d");
  EXPECT_EQ(read("/a?b%3d=%26+%2b"), "/a|b==& +");
  EXPECT_EQ(read("/%ED%95%9C%ea%b5%ad"), "/한국");
}

TEST(Target, TakesTheFormsOfProxiesAndOptions) {
  EXPECT_EQ(read("http://host:80/a?b=c"), "/a|b=c");
  EXPECT_EQ(read("http://host"), "/");
  EXPECT_EQ(read("http://host?a=b"), "/|a=b");
  EXPECT_EQ(read("*"), "*");
}

TEST(Target, RefusesWhatIsNoAddress) {
  for (const std::string_view target : {"a", "/%", "/%4", "/%4x", "/a?b=%zz", "/a#b", "/%00", "/%0a", "/a?b=%7f"}) {
    EXPECT_EQ(read(target), "refused") << target;
  }
}

TEST(Target, RefusesWhatIsNotUtf8) {
  for (const std::string_view target : {"/%ff", "/%c3", "/%c0%af", "/%e0%80%af", "/%ed%a0%80", "/%f4%90%80%80", "/%80",
                                        "/a?%ff=1", "/a?b=%c3x", "/%c2%85"}) {
    EXPECT_EQ(read(target), "refused") << target;
  }
}

TEST(Target, EncodesWhatItReadsBack) {
  EXPECT_EQ(encode("a/b c~"), "a%2Fb%20c~");
  const std::string text = "nipa/sovereign+fm?&=#%한";
  EXPECT_EQ(read("/" + encode(text)), "/" + text);
  EXPECT_EQ(read("/a?b=" + encode(text)), "/a|b=" + text);
}

}  // namespace
}  // namespace dure::http
