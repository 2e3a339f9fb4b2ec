// What the simulated shop sells, and what an order comes to.
//
// Three hundred products in twelve categories, priced in both currencies. Amounts are whole
// hundredths: revenue = subtotal - discount - tax, total = subtotal - discount + shipping, as
// Segment's e-commerce spec means them; prices include the tax.
//
// Layer 4. Immutable.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/dice.h"
#include "simulate/rhythm.h"

namespace throughline::simulate {

struct Category {
    std::string_view name;
    std::string_view path;  // `/c/lighting`
};

struct Product {
    std::string id;    // `p-017`
    std::string name;  // `Oak Table Lamp`
    std::string path;  // `/p/oak-table-lamp-17`
    std::string_view brand;
    std::string_view variant;
    size_t category = 0;
    std::array<int64_t, kCountries> price{};  // Hundredths of the country's currency.
    /// Packed fields for `properties` and `products[]`: product_id to price.
    std::array<std::string, kCountries> fields{};
};

struct BasketLine {
    uint16_t product = 0;
    int64_t quantity = 0;
};

/// What lies in a cart: it follows from its seed.
struct Basket {
    std::array<BasketLine, 4> lines{};
    size_t size = 0;
    bool has_coupon = false;
};

/// Of an order; hundredths.
struct Amounts {
    int64_t subtotal = 0;
    int64_t discount = 0;
    int64_t shipping = 0;
    int64_t tax = 0;
    int64_t revenue = 0;
    int64_t total = 0;
};

class Catalog {
public:
    static constexpr size_t kProducts = 300;

    Catalog();

    const Product& product(size_t place) const { return products_[place]; }
    static const Category& category(size_t place);
    static size_t categories();

    static Basket basket(uint64_t seed);
    Amounts amounts(const Basket& basket, Country country) const;
    /// What comes back when the first line of a basket is returned.
    int64_t refund(const Basket& basket, Country country) const;

private:
    std::vector<Product> products_;
};

inline constexpr std::string_view kCoupon = "WELCOME10";

}  // namespace throughline::simulate
