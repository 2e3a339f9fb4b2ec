#include "simulate/population.h"

#include <array>

#include "base/assert.h"

namespace throughline::simulate {

namespace {

constexpr std::array<CountryFacts, kCountries> kFacts{
    {{"TR", "TRY", "tr-TR", "Europe/Istanbul", "tr"},
     {"RO", "RON", "ro-RO", "Europe/Bucharest", "ro"}}};

struct Name {
    std::string_view written;
    std::string_view plain;  // As it stands in an e-mail address.
};
constexpr size_t kNames = 16;
using Names = std::array<std::array<Name, kNames>, kCountries>;

constexpr Names kFirstNames{{{{{"Ayşe", "ayse"},
                               {"Mehmet", "mehmet"},
                               {"Zeynep", "zeynep"},
                               {"Çınar", "cinar"},
                               {"Elif", "elif"},
                               {"Mustafa", "mustafa"},
                               {"İpek", "ipek"},
                               {"Yusuf", "yusuf"},
                               {"Defne", "defne"},
                               {"Kerem", "kerem"},
                               {"Gül", "gul"},
                               {"Emre", "emre"},
                               {"Şirin", "sirin"},
                               {"Deniz", "deniz"},
                               {"Nazlı", "nazli"},
                               {"Oğuz", "oguz"}}},
                             {{{"Maria", "maria"},
                               {"Andrei", "andrei"},
                               {"Ioana", "ioana"},
                               {"Ștefan", "stefan"},
                               {"Elena", "elena"},
                               {"Mihai", "mihai"},
                               {"Ruxandra", "ruxandra"},
                               {"Ilie", "ilie"},
                               {"Ana", "ana"},
                               {"Cristian", "cristian"},
                               {"Daniela", "daniela"},
                               {"Răzvan", "razvan"},
                               {"Ilinca", "ilinca"},
                               {"Vlad", "vlad"},
                               {"Simona", "simona"},
                               {"Țîbu", "tibu"}}}}};
constexpr Names kLastNames{{{{{"Yılmaz", "yilmaz"},
                              {"Kaya", "kaya"},
                              {"Demir", "demir"},
                              {"Şahin", "sahin"},
                              {"Çelik", "celik"},
                              {"Yıldız", "yildiz"},
                              {"Aydın", "aydin"},
                              {"Öztürk", "ozturk"},
                              {"Arslan", "arslan"},
                              {"Doğan", "dogan"},
                              {"Kılıç", "kilic"},
                              {"Aslan", "aslan"},
                              {"Koç", "koc"},
                              {"Kurt", "kurt"},
                              {"Özkan", "ozkan"},
                              {"Şimşek", "simsek"}}},
                            {{{"Popa", "popa"},
                              {"Ionescu", "ionescu"},
                              {"Radu", "radu"},
                              {"Dumitru", "dumitru"},
                              {"Stan", "stan"},
                              {"Gheorghe", "gheorghe"},
                              {"Țepeș", "tepes"},
                              {"Matei", "matei"},
                              {"Ciobanu", "ciobanu"},
                              {"Rusu", "rusu"},
                              {"Munteanu", "munteanu"},
                              {"Ștefănescu", "stefanescu"},
                              {"Dobre", "dobre"},
                              {"Nistor", "nistor"},
                              {"Barbu", "barbu"},
                              {"Florea", "florea"}}}}};
constexpr std::array<StoreFacts, kStores> kStoreFacts{
    {{"istanbul", "İstanbul", Country::Turkey},
     {"ankara", "Ankara", Country::Turkey},
     {"izmir", "İzmir", Country::Turkey},
     {"bursa", "Bursa", Country::Turkey},
     {"antalya", "Antalya", Country::Turkey},
     {"konya", "Konya", Country::Turkey},
     {"bucuresti", "București", Country::Romania},
     {"cluj-napoca", "Cluj-Napoca", Country::Romania},
     {"iasi", "Iași", Country::Romania},
     {"timisoara", "Timișoara", Country::Romania},
     {"constanta", "Constanța", Country::Romania},
     {"brasov", "Brașov", Country::Romania}}};
constexpr size_t kStoresACountry = kStores / kCountries;

// How four neighbours live together: the first member of each one's household.
constexpr std::array<std::array<uint8_t, 4>, 5> kLiving{
    {{0, 0, 0, 0}, {0, 0, 0, 3}, {0, 0, 2, 2}, {0, 0, 2, 3}, {0, 1, 2, 3}}};
constexpr uint64_t kQuestionOfLiving = 20;

enum Question : uint64_t { kCountry = 10, kNature, kFirst, kLast, kCity, kVariant = 30, kId = 40 };

void append_hex(std::string& out, uint64_t bits, size_t digits) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (size_t i = 0; i < digits; ++i, bits <<= 4) out.push_back(kDigits[bits >> 60]);
}

// As `crypto.randomUUID()` writes it.
void append_uuid(std::string& out, uint64_t one, uint64_t two) {
    append_hex(out, one, 8);
    out.push_back('-');
    append_hex(out, one << 32, 4);
    out.append("-4");
    append_hex(out, one << 48, 3);
    out.append("-a");
    append_hex(out, two, 3);
    out.push_back('-');
    append_hex(out, two << 12, 12);
}

}  // namespace

void append_digits(std::string& out, uint64_t number, size_t digits) {
    char room[20];
    size_t at = sizeof room;
    for (; number > 0 || sizeof room - at < digits; number /= 10) {
        room[--at] = static_cast<char>('0' + number % 10);
    }
    out.append(room + at, sizeof room - at);
}

const CountryFacts& facts_of(Country country) {
    return kFacts[static_cast<size_t>(country)];
}

const StoreFacts& store_facts(size_t place) {
    return kStoreFacts[place];
}

Country Population::country(PersonNumber person) const {
    // A household lives in one country.
    const uint64_t trait = trait_of(seed_, household(person), kCountry);
    return scaled(trait, 5) < 3 ? Country::Turkey : Country::Romania;
}

Nature Population::nature(PersonNumber person) const {
    const uint64_t trait = scaled(trait_of(seed_, person, kNature), 100);
    if (trait < 50) return Nature::Customer;
    return trait < 90 ? Nature::Visitor : Nature::Payer;
}

// Neighbours are a quarter of the population apart, so that they are not met one after the other.
uint64_t Population::household(PersonNumber person) const {
    const uint64_t houses = (people_ + 3) / 4;
    const uint64_t house = person % houses;
    const uint64_t member = person / houses;
    const uint64_t living = scaled(trait_of(seed_, house, kQuestionOfLiving), kLiving.size());
    return house * 4 + kLiving[living][member];
}

bool Population::has_tablet(PersonNumber person) const {
    const uint64_t home = household(person);
    const uint64_t houses = (people_ + 3) / 4;
    const bool lives_with_first = household(static_cast<PersonNumber>(home / 4)) == home;
    const bool is_shared = lives_with_first && home / 4 + houses < people_ &&
                           household(static_cast<PersonNumber>(home / 4 + houses)) == home;
    return is_shared && scaled(trait_of(seed_, home, 5), 3) > 0;
}

void Population::append_user_id(std::string& out, PersonNumber person) const {
    out.append("u-");
    append_digits(out, uint64_t{person} + 1, 7);
}

void Population::append_email(std::string& out, PersonNumber person) const {
    const size_t country = static_cast<size_t>(this->country(person));
    out.append(kFirstNames[country][scaled(trait_of(seed_, person, kFirst), kNames)].plain);
    out.push_back('.');
    out.append(kLastNames[country][scaled(trait_of(seed_, person, kLast), kNames)].plain);
    append_digits(out, uint64_t{person} + 1, 1);
    out.append("@example.com");
}

void Population::append_phone_number(std::string& out, PersonNumber person) const {
    if (country(person) == Country::Turkey) {
        out.append("+905");
        append_digits(out, person, 8);
    } else {
        constexpr std::string_view kFirstDigits = "72368";
        out.append("+40");
        out.push_back(kFirstDigits[person / 10'000'000]);
        append_digits(out, person % 10'000'000, 7);
    }
    // A last digit that goes on from no row of digits: such numbers stand for nobody.
    out.push_back(static_cast<char>('0' + (out.back() - '0' + 5) % 10));
}

void Population::append_card_number(std::string& out, PersonNumber person) const {
    out.append("70");
    append_digits(out, uint64_t{person} + 1, 8);
}

void Population::append_anonymous_id(std::string& out, PersonNumber person, Slot slot) const {
    TL_ASSERT(slot != Slot::Account);
    if (slot == Slot::Card) {
        out.append("card-");
        return append_card_number(out, person);
    }
    if (slot == Slot::Call) {
        out.append("contact-");
        return append_digits(out, uint64_t{person} + 1, 7);
    }
    const uint64_t thing = slot == Slot::Tablet ? household(person) : person;
    const uint64_t question = kId + 2 * static_cast<uint64_t>(slot);
    append_uuid(out, trait_of(seed_, thing, question), trait_of(seed_, thing, question + 1));
}

void Population::append_device_id(std::string& out, PersonNumber person) const {
    append_uuid(out, trait_of(seed_, person, kId - 2), trait_of(seed_, person, kId - 1));
}

std::string_view Population::first_name(PersonNumber person) const {
    const size_t country = static_cast<size_t>(this->country(person));
    return kFirstNames[country][scaled(trait_of(seed_, person, kFirst), kNames)].written;
}

std::string_view Population::last_name(PersonNumber person) const {
    const size_t country = static_cast<size_t>(this->country(person));
    return kLastNames[country][scaled(trait_of(seed_, person, kLast), kNames)].written;
}

const StoreFacts& Population::store(PersonNumber person) const {
    const size_t first = static_cast<size_t>(country(person)) * kStoresACountry;
    return kStoreFacts[first + scaled(trait_of(seed_, household(person), kCity), kStoresACountry)];
}

uint64_t Population::variant(PersonNumber person, Slot slot, uint64_t count) const {
    return scaled(trait_of(seed_, person, kVariant + static_cast<uint64_t>(slot)), count);
}

}  // namespace throughline::simulate
