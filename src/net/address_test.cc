#include "net/address.h"

#include <gtest/gtest.h>

namespace throughline::net {
namespace {

TEST(PublicAddress, IsNotOneThatOnlyTheServerReaches) {
    for (const char* text :
         {"127.0.0.1",      "127.255.255.255", "10.0.0.1",   "172.16.0.1",      "172.31.255.255",
          "192.168.1.1",    "169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0",
          "0.1.2.3",        "192.0.0.8",       "192.0.2.1",  "198.18.0.1",      "198.19.255.255",
          "198.51.100.7",   "203.0.113.7",     "224.0.0.1",  "239.1.1.1",       "240.0.0.1",
          "255.255.255.255"}) {
        EXPECT_FALSE(is_public_address(text)) << text;
    }
    for (const char* text :
         {"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
          "64:ff9b:1::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1",
          "2001::1", "2002:7f00:1::", "3fff::1", "100::1", "5f00::1"}) {
        EXPECT_FALSE(is_public_address(text)) << text;
    }
}

TEST(PublicAddress, IsOneOfTheInternet) {
    for (const char* text :
         {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1",
          "128.0.0.1", "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.0.1",
          "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
          "::ffff:1.1.1.1", "64:ff9b::101:101"}) {
        EXPECT_TRUE(is_public_address(text)) << text;
    }
}

TEST(PublicAddress, IsAnAddress) {
    for (const char* text : {"", "example.org", "1.1.1", "0x7f.1", "1.1.1.1 ", "[2a00::1]"}) {
        EXPECT_FALSE(is_public_address(text)) << text;
    }
}

}  // namespace
}  // namespace throughline::net
