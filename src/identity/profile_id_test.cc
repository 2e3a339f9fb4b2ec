#include "identity/profile_id.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace throughline::identity {
namespace {

constexpr SecretKey kSecret{1, 2, 3};

TEST(ProfileIds, ReadBackWhatTheyWrote) {
    const ProfileIds ids(kSecret);
    std::set<std::string> seen;
    for (IdentityId id : {1u, 2u, 3u, 1000u, 0x7fffffffu, 0xffffffffu}) {
        const std::string text = ids.encode(id);
        EXPECT_EQ(text.size(), 28u);
        EXPECT_TRUE(text.starts_with("p_"));
        EXPECT_TRUE(seen.insert(text).second);
        EXPECT_EQ(ids.decode(text), id);
    }
}

TEST(ProfileIds, NeverChange) {
    // A stored format: links and exports outside carry these.
    EXPECT_EQ(ProfileIds(kSecret).encode(1), "p_3heaac9tp9w0gwv95x6sqpzj01");
}

TEST(ProfileIds, AreReadAsPeopleHearThem) {
    const ProfileIds ids(kSecret);
    std::string text = ids.encode(77);
    for (size_t at = 2; at < text.size(); ++at) {
        if (text[at] == '0') text[at] = 'O';
        if (text[at] == '1') text[at] = 'l';
    }
    EXPECT_EQ(ids.decode(text), 77u);
}

TEST(ProfileIds, RefuseWhatWasNeverGivenOut) {
    const ProfileIds ids(kSecret);
    const std::string text = ids.encode(7);
    EXPECT_EQ(ids.decode(""), std::nullopt);
    EXPECT_EQ(ids.decode(text.substr(1)), std::nullopt);
    EXPECT_EQ(ids.decode("q_" + text.substr(2)), std::nullopt);
    EXPECT_EQ(ids.decode(text + "0"), std::nullopt);
    EXPECT_EQ(ids.decode("p_" + std::string(26, 'z')), std::nullopt);  // Past 128 bits.
    EXPECT_EQ(ids.decode("p_" + std::string(26, 'u')), std::nullopt);
    EXPECT_EQ(ids.decode("p_" + std::string(26, '0')), std::nullopt);
    EXPECT_EQ(ProfileIds(kSecret, 1).decode(text), std::nullopt);
    EXPECT_EQ(ProfileIds(SecretKey{9}).decode(text), std::nullopt);
    SeededRandom random(1);
    for (int round = 0; round < 1000; ++round) {  // Any changed letter shows.
        std::string changed = text;
        changed[2 + random.below(26)] = "0123456789abcdefghjkmnpqrstvwxyz"[random.below(32)];
        if (changed == text) continue;
        EXPECT_EQ(ids.decode(changed), std::nullopt) << changed;
    }
}

}  // namespace
}  // namespace throughline::identity
