#include "simulate/catalog.h"

#include "model/doc.h"
#include "simulate/population.h"

namespace throughline::simulate {

namespace {

constexpr std::array<Category, 12> kCategories{{{"Lighting", "/c/lighting"},
                                                {"Kitchen", "/c/kitchen"},
                                                {"Bedroom", "/c/bedroom"},
                                                {"Bathroom", "/c/bathroom"},
                                                {"Living Room", "/c/living-room"},
                                                {"Garden", "/c/garden"},
                                                {"Office", "/c/office"},
                                                {"Textiles", "/c/textiles"},
                                                {"Storage", "/c/storage"},
                                                {"Decoration", "/c/decoration"},
                                                {"Kids", "/c/kids"},
                                                {"Tools", "/c/tools"}}};
constexpr std::array<std::array<std::string_view, 5>, 12> kThings{
    {{"Table Lamp", "Floor Lamp", "Pendant", "Spotlight", "Lantern"},
     {"Kettle", "Frying Pan", "Mug Set", "Knife Block", "Bread Box"},
     {"Bed Frame", "Mattress", "Nightstand", "Duvet", "Pillow"},
     {"Towel Set", "Soap Dish", "Mirror", "Shower Shelf", "Bath Mat"},
     {"Sofa", "Armchair", "Coffee Table", "Bookcase", "Rug"},
     {"Planter", "Bench", "Parasol", "Hammock", "Watering Can"},
     {"Desk", "Office Chair", "Monitor Arm", "File Tray", "Desk Pad"},
     {"Curtain", "Blanket", "Cushion", "Tablecloth", "Throw"},
     {"Basket", "Shelf", "Shoe Rack", "Coat Stand", "Drawer Unit"},
     {"Vase", "Wall Clock", "Candle", "Picture Frame", "Tray"},
     {"Bunk Bed", "Play Mat", "Toy Chest", "High Chair", "Night Light"},
     {"Drill", "Screwdriver Set", "Ladder", "Toolbox", "Work Lamp"}}};
constexpr std::array<std::string_view, 5> kMaterials{"Oak", "Linen", "Brass", "Walnut", "Nordic"};
constexpr std::array<std::string_view, 6> kBrands{"Meridian", "Anadolu", "Carpat",
                                                  "Bosphor",  "Dunav",   "Halden"};
constexpr std::array<std::string_view, 4> kVariants{"natural", "black", "white", "sage"};

// Hundredths of each currency for one hundredth of a euro, about.
constexpr std::array<int64_t, kCountries> kRates{48, 5};
constexpr std::array<int64_t, kCountries> kFreeShippingFrom{1'500'00, 250'00};
constexpr std::array<int64_t, kCountries> kShipping{79'90, 19'99};
constexpr std::array<int64_t, kCountries> kTaxPercent{20, 21};

// From 4 to 600 euros, most of them below 60.
int64_t euro_cents_of(size_t place) {
    const uint64_t trait = trait_of(7, place, 1);
    const uint64_t step = scaled(trait, 100);
    const uint64_t fine = trait & 0xfff;
    if (step < 60) return static_cast<int64_t>(400 + fine * 5 / 6);
    if (step < 90) return static_cast<int64_t>(2'000 + fine * 3);
    return static_cast<int64_t>(12'000 + fine * 11);
}

// As shops write prices: just below a round number.
int64_t shop_price(int64_t amount) {
    return amount < 1'000'00 ? amount / 100 * 100 + 90 : amount / 10'00 * 10'00 + 9'90;
}

std::string slug_of(std::string_view name) {
    std::string slug;
    for (const char c : name) {
        slug += c == ' ' ? '-' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return slug;
}

std::string packed_fields(const Product& product, int64_t price) {
    std::string fields;
    model::DocWriter out(fields);
    out.field("product_id", product.id);
    out.field("sku", "SKU-" + product.id.substr(2));
    out.field("name", product.name);
    out.field("brand", product.brand);
    out.field("category", kCategories[product.category].name);
    out.field("variant", product.variant);
    out.key("price");
    out.decimal({price, 2});
    return fields;
}

}  // namespace

Catalog::Catalog() {
    for (size_t place = 0; place < kProducts; ++place) {
        Product product;
        std::string number;
        append_digits(number, place + 1, 3);
        product.id = "p-" + number;
        product.category = place % kCategories.size();
        const size_t kind = place / kCategories.size();  // 0 to 24: each pair of the two once.
        product.name = std::string(kMaterials[kind / 5]) + " " +
                       std::string(kThings[product.category][kind % 5]);
        product.path = "/p/" + slug_of(product.name) + "-" + number;
        product.brand = kBrands[scaled(trait_of(7, place, 2), kBrands.size())];
        product.variant = kVariants[scaled(trait_of(7, place, 3), kVariants.size())];
        for (size_t country = 0; country < kCountries; ++country) {
            product.price[country] = shop_price(euro_cents_of(place) * kRates[country]);
            product.fields[country] = packed_fields(product, product.price[country]);
        }
        products_.push_back(std::move(product));
    }
}

const Category& Catalog::category(size_t place) {
    return kCategories[place];
}

size_t Catalog::categories() {
    return kCategories.size();
}

Basket Catalog::basket(uint64_t seed) {
    static constexpr std::array<uint32_t, 4> kSizes{58, 25, 12, 5};
    Dice dice(seed);
    Basket basket;
    basket.size = 1 + dice.pick(kSizes);
    for (size_t i = 0; i < basket.size; ++i) {
        basket.lines[i].product = static_cast<uint16_t>(dice.popular(kProducts));
        basket.lines[i].quantity = dice.percent(80) ? 1 : static_cast<int64_t>(2 + dice.below(2));
    }
    basket.has_coupon = dice.percent(15);
    return basket;
}

Amounts Catalog::amounts(const Basket& basket, Country country) const {
    const size_t at = static_cast<size_t>(country);
    Amounts amounts;
    for (size_t i = 0; i < basket.size; ++i) {
        const BasketLine& line = basket.lines[i];
        amounts.subtotal += products_[line.product].price[at] * line.quantity;
    }
    if (basket.has_coupon) amounts.discount = amounts.subtotal / 10;
    const int64_t paid = amounts.subtotal - amounts.discount;
    if (paid < kFreeShippingFrom[at]) amounts.shipping = kShipping[at];
    amounts.tax = paid * kTaxPercent[at] / (100 + kTaxPercent[at]);
    amounts.revenue = paid - amounts.tax;
    amounts.total = paid + amounts.shipping;
    return amounts;
}

int64_t Catalog::refund(const Basket& basket, Country country) const {
    const BasketLine& line = basket.lines[0];
    const int64_t price = products_[line.product].price[static_cast<size_t>(country)];
    const int64_t paid = price * line.quantity;
    return basket.has_coupon ? paid - paid / 10 : paid;
}

}  // namespace throughline::simulate
