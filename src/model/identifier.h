// Identifiers and the namespaces they belong to.
//
// A namespace says how its values are normalised and what they prove about a person. The built-in
// ones have fixed numbers; a company's own start at kNamespaceFirstCustom. Numbers are stored.
//
// Layer 1. Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "model/doc.h"

namespace throughline::model {

using NamespaceId = uint8_t;

inline constexpr NamespaceId kUserId = 1;
inline constexpr NamespaceId kEmail = 2;
inline constexpr NamespaceId kPhone = 3;
inline constexpr NamespaceId kAnonymousId = 4;
inline constexpr NamespaceId kDeviceId = 5;       // context.device.id, IDFV, Android id
inline constexpr NamespaceId kAdvertisingId = 6;  // only when tracking is allowed
inline constexpr NamespaceId kPushToken = 7;
inline constexpr NamespaceId kLoyaltyCard = 8;
inline constexpr NamespaceId kNamespaceFirstCustom = 32;

/// How a value is brought to the one form that is compared.
enum class Normaliser : uint8_t { Text, Email, Phone, CaseFolded };

/// One namespace: what its values prove, and the limits that keep strangers apart.
struct Namespace {
    NamespaceId id = 0;
    std::string key;         // As in `email:ana@example.com`.
    int priority = 100;      // Lower is stronger; a row belongs to the strongest.
    int limit = 5;           // Distinct values a profile may hold within window.
    Micros window = 0;       // 0: ever.
    bool person = false;     // Makes its profile a known person.
    bool immutable = false;  // Two different values never share a profile.
    bool switching = false;  // A device: on conflict it changes hands.
    Normaliser normaliser = Normaliser::Text;
};

/// All namespaces of an installation.
class Namespaces {
public:
    /// The built-in ones: user_id 1 ever, immutable; e-mail, phone and loyalty card 5 a year;
    /// devices 5 a week.
    static Namespaces built_in();

    /// The built-in ones with the changes of `settings/identity`:
    /// {"namespaces":{"member_no":{"priority":3,"limit":1,"window":"ever","person":true,
    /// "immutable":true,"switching":false,"normaliser":"text"}}}.
    /// Errors: InvalidArgument naming the field. A company's own namespace has the number in its
    /// `id` (the fold gives it once and for ever), else the next free one.
    static Result<Namespaces> from_settings(DocView settings);

    const Namespace* find(NamespaceId id) const;
    const Namespace* find(std::string_view key) const;
    const std::vector<Namespace>& all() const { return all_; }

private:
    std::vector<Namespace> all_;
};

/// An identifier of an event, normalised.
struct Identifier {
    NamespaceId space = 0;
    uint8_t flags = 0;  // IdentifierFlag
    Key128 key;         // identifier_key()
    std::string value;  // Normalised.
};

enum IdentifierFlag : uint8_t {
    kIdentifierVerified = 1,      // The source vouches for it (context says how and when).
    kIdentifierPrevious = 2,      // alias: the id to be joined, read as an anonymous id.
    kIdentifierPreviousUser = 4,  // alias: the same value read as a user id; a conflict if known.
    kIdentifierGeneric = 8,       // A value that names nobody (`null`, `0000`): never links.
};

/// The key of an identifier in every table: keyed hash of namespace and normalised value.
Key128 identifier_key(const SecretKey& secret, NamespaceId space, std::string_view value);

}  // namespace throughline::model
