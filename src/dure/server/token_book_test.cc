#include "dure/server/token_book.h"

#include <gtest/gtest.h>

#include "dure/api/secret.h"

namespace dure::server {
namespace {

StoredToken token(const std::string& secret, std::string subject) {
  StoredToken token{.hash = api::hash_of_secret(secret),
                    .subject = std::move(subject),
                    .grants = {{.role = Role::member, .tenant = "a"}}};
  token.id = api::token_id(token.hash);
  return token;
}

TEST(TokenBook, FindsWhoseSecretItIsAndNobodyForAnother) {
  TokenBook book;
  book.put(token("one", "kim"));
  book.put(token("two", "lee"));
  EXPECT_EQ(book.find("two", Time{})->subject, "lee");
  EXPECT_EQ(book.find("tw", Time{}), nullptr);
  EXPECT_EQ(book.find("", Time{}), nullptr);
  EXPECT_EQ(book.tokens_of("kim").size(), 1u);
  EXPECT_EQ(book.token(api::token_id(api::hash_of_secret("one")))->subject, "kim");
}

TEST(TokenBook, ListsTokensByIdFromOneOn) {
  TokenBook book;
  for (const char* secret : {"one", "two", "three"}) book.put(token(secret, "kim"));
  const auto all = book.tokens("", 10);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_LT(all[0]->id, all[1]->id);
  EXPECT_LT(all[1]->id, all[2]->id);
  EXPECT_EQ(book.tokens(all[1]->id, 10), (std::vector{all[1], all[2]}));
  EXPECT_EQ(book.tokens(all[0]->id, 2), (std::vector{all[0], all[1]}));
  EXPECT_TRUE(book.tokens("u", 10).empty());
}

TEST(TokenBook, ATokenEndsWhenItExpires) {
  TokenBook book;
  StoredToken short_lived = token("one", "kim");
  short_lived.expires = Time{10};
  book.put(short_lived);
  const auto actor = book.find("one", Time{9});
  ASSERT_NE(actor, nullptr);
  EXPECT_EQ(book.find("one", Time{10}), nullptr);
  EXPECT_FALSE(actor->is_good(Time{10}));
}

TEST(TokenBook, RevokingATokenReachesThoseWhoAlreadyCameWithIt) {
  TokenBook book;
  book.put(token("one", "kim"));
  const auto actor = book.find("one", Time{1});
  ASSERT_TRUE(actor->is_good(Time{1}));
  StoredToken revoked = token("one", "kim");
  revoked.revoked = Time{1};
  book.put(revoked);
  EXPECT_FALSE(actor->is_good(Time{1}));
  EXPECT_EQ(book.find("one", Time{1}), nullptr);
  EXPECT_EQ(book.tokens_of("kim").size(), 1u);
}

TEST(TokenBook, KnowsWhetherSomebodyCanRunTheEstate) {
  TokenBook book;
  StoredToken chief = token("one", "kim");
  chief.grants = {{.role = Role::operator_, .tenant = ""}};
  chief.expires = Time{10};
  book.put(token("two", "lee"));
  EXPECT_FALSE(book.has_operator(Time{}));
  book.put(chief);
  EXPECT_TRUE(book.has_operator(Time{9}));
  EXPECT_FALSE(book.has_operator(Time{10}));
}

}  // namespace
}  // namespace dure::server
