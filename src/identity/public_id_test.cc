#include "identity/public_id.h"

#include <gtest/gtest.h>

namespace throughline::identity {
namespace {

TEST(PublicId, ReadsBackAndTellsNothing) {
    const SecretKey secret{7};
    for (IdentityId identity = 1; identity < 2000; ++identity) {
        const std::string text = public_id(secret, identity);
        ASSERT_EQ(text.size(), 28u);
        ASSERT_EQ(identity_of_public_id(secret, text), identity);
    }
    EXPECT_NE(public_id(secret, 1).substr(0, 8), public_id(secret, 2).substr(0, 8));
}

TEST(PublicId, ForgedAndForeignIdsAreNone) {
    const SecretKey secret{7};
    std::string text = public_id(secret, 5);
    EXPECT_FALSE(identity_of_public_id(SecretKey{8}, text));
    for (size_t i = 2; i < text.size(); ++i) {
        std::string forged = text;
        forged[i] = forged[i] == '0' ? '1' : '0';
        EXPECT_FALSE(identity_of_public_id(secret, forged)) << forged;
    }
    EXPECT_FALSE(identity_of_public_id(secret, "p_"));
    EXPECT_FALSE(identity_of_public_id(secret, text + "0"));
}

}  // namespace
}  // namespace throughline::identity
