#include "dure/server/network.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::server {
namespace {

TEST(Network, TakesAddressesInDigits) {
  for (const std::string text : {"127.0.0.1:8470", "0.0.0.0:0", "[::1]:8470", "[::]:1", "192.0.2.7:65535"}) {
    EXPECT_TRUE(parse_listen(text)) << text;
  }
  for (const std::string text :
       {"", "8470", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "localhost:8470", "::1:8470", "[]:1",
        "[127.0.0.1]:1", "127.0.0.1:80 ", ":8470", "*:8470"}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
  EXPECT_EQ(parse_listen("[::1]:7")->address, "::1");
  EXPECT_EQ(parse_listen("[::1]:7")->port, 7);
}

TEST(Network, HasTlsWhereOthersReachItUnlessThatIsRenounced) {
  const auto has_tls = [](const std::string& address, const TlsKeys& tls) {
    return uses_tls({.listen = {.address = address}, .tls = tls});
  };
  for (const std::string address :
       {"127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:2"}) {
    EXPECT_FALSE(has_tls(address, {})) << address;
  }
  EXPECT_TRUE(has_tls("127.0.0.1", {.is_asked_for = true}));
  for (const std::string address : {"0.0.0.0", "::", "192.0.2.7", "1.2.7.0", "126.0.0.1", "128.0.0.1", "fd00::1",
                                    "::ffff:192.0.2.7", "::127.0.0.1", "::ffff:0.0.0.0"}) {
    EXPECT_TRUE(has_tls(address, {})) << address;
    EXPECT_FALSE(has_tls(address, {.is_renounced = true})) << address;
  }
}

}  // namespace
}  // namespace dure::server
