#include "dure/server/sessions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dure/base/test_folder.h"

namespace dure::server {
namespace {

const Time noon = *parse_time("2026-03-10T12:00:00Z");

http::Request with_cookie(const std::string& cookie) { return {.headers = {{"Cookie", cookie}}}; }

// `name=value` of a Set-Cookie header.
std::string pair_of(const http::Header& header) { return header.value.substr(0, header.value.find(';')); }

class SessionsTest : public testing::Test {
 protected:
  TempFolder folder_;
  Sessions sessions_ = *Sessions::open(folder_.path());
  std::string cookie_ = pair_of(sessions_.begin("t0123", noon, Sessions::Tls::no));
};

TEST_F(SessionsTest, StandForATokenForTwelveHours) {
  const http::Request request = with_cookie("other=1; " + cookie_ + "; more=2");
  EXPECT_EQ(sessions_.token_of(request, noon), "t0123");
  EXPECT_EQ(sessions_.token_of(request, noon + hours(12) - seconds(1)), "t0123");
  EXPECT_EQ(sessions_.token_of(request, noon + hours(12)), std::nullopt);
}

TEST_F(SessionsTest, CannotBeMadeOrChanged) {
  const std::size_t value = cookie_.find('=') + 1;
  for (std::size_t at = value; at < cookie_.size(); ++at) {
    std::string forged = cookie_;
    forged[at] = forged[at] == '1' ? '2' : '1';
    EXPECT_EQ(sessions_.token_of(with_cookie(forged), noon), std::nullopt) << forged;
  }
  for (const char* nothing : {"", "dure_session", "dure_session=", "dure_session=.", "dure_session=..",
                              "dure_session=t.9", "xdure_session=t", "; ;=;"}) {
    EXPECT_EQ(sessions_.token_of(with_cookie(nothing), noon), std::nullopt) << nothing;
  }
  EXPECT_EQ(sessions_.token_of({}, noon), std::nullopt);
}

TEST_F(SessionsTest, EndWhenOneSignsOut) {
  const std::string other = pair_of(sessions_.begin("t0123", noon + seconds(1), Sessions::Tls::no));
  sessions_.end(with_cookie(cookie_), noon);
  EXPECT_EQ(sessions_.token_of(with_cookie(cookie_), noon), std::nullopt);
  EXPECT_EQ(sessions_.token_of(with_cookie(other), noon), "t0123");
}

TEST_F(SessionsTest, OutliveARestartAndEndWithTheKey) {
  EXPECT_EQ(Sessions::open(folder_.path())->token_of(with_cookie(cookie_), noon), "t0123");
  const TempFolder other;
  EXPECT_EQ(Sessions::open(other.path())->token_of(with_cookie(cookie_), noon), std::nullopt);
  std::filesystem::remove(folder_.path() / "session.key");
  EXPECT_EQ(Sessions::open(folder_.path())->token_of(with_cookie(cookie_), noon), std::nullopt);
}

TEST_F(SessionsTest, KeepTheKeyToThemselves) {
  using std::filesystem::perms;
  const auto mode = std::filesystem::status(folder_.path() / "session.key").permissions();
  EXPECT_EQ(mode, perms::owner_read | perms::owner_write);
  std::ofstream(folder_.path() / "session.key") << "short";
  const auto opened = Sessions::open(folder_.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("session.key: it is no key; remove it"), std::string::npos);
}

TEST_F(SessionsTest, AreCookiesThatScriptsAndOtherSitesCannotUse) {
  const std::string plain = sessions_.begin("t1", noon, Sessions::Tls::no).value;
  for (const char* word : {"; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"})
    EXPECT_NE(plain.find(word), std::string::npos) << plain;
  EXPECT_EQ(plain.find("Secure"), std::string::npos);
  EXPECT_NE(sessions_.begin("t1", noon, Sessions::Tls::yes).value.find("; Secure"), std::string::npos);
  const std::string taken = sessions_.end({}, noon).value;
  EXPECT_NE(taken.find("dure_session=; "), std::string::npos);
  EXPECT_NE(taken.find("Max-Age=0"), std::string::npos);
}

}  // namespace
}  // namespace dure::server
