#include "simulate/plan.h"

namespace throughline::simulate {

namespace {

using model::EventType;

constexpr std::array<std::string_view, kOrigins> kOriginKeys{"shop-web", "shop-app", "stores",
                                                             "email", "service"};
constexpr std::array<KindFacts, kKinds> kFacts{
    {{EventType::Page, "Home", Place::Front, Content::Page},
     {EventType::Page, "Category", Place::Category, Content::Page},
     {EventType::Page, "Product", Place::Product, Content::Page},
     {EventType::Page, "Cart", Place::Cart, Content::Page},
     {EventType::Page, "Checkout", Place::Checkout, Content::Page},
     {EventType::Page, "Account", Place::Account, Content::Page},
     {EventType::Screen, "Home", Place::Front, Content::Nothing},
     {EventType::Screen, "Category", Place::Category, Content::Category},
     {EventType::Screen, "Account", Place::Account, Content::Nothing},
     {EventType::Identify, "", Place::Account, Content::Traits},
     {EventType::Track, "Signed Up", Place::Account, Content::Method},
     {EventType::Track, "Signed In", Place::Account, Content::Method},
     {EventType::Track, "Application Opened", Place::Front, Content::Opened},
     {EventType::Track, "Push Notification Tapped", Place::Front, Content::Push},
     {EventType::Track, "Product List Viewed", Place::Category, Content::Category},
     {EventType::Track, "Products Searched", Place::Search, Content::Query},
     {EventType::Track, "Product Viewed", Place::Product, Content::Product},
     {EventType::Track, "Product Added to Wishlist", Place::Product, Content::Product},
     {EventType::Track, "Product Added", Place::Product, Content::Product},
     {EventType::Track, "Product Removed", Place::Cart, Content::Product},
     {EventType::Track, "Cart Viewed", Place::Cart, Content::Cart},
     {EventType::Track, "Checkout Started", Place::Checkout, Content::Cart},
     {EventType::Track, "Payment Info Entered", Place::Checkout, Content::Payment},
     {EventType::Track, "Order Completed", Place::Thanks, Content::Order},
     {EventType::Track, "Email Sent", Place::Front, Content::Email},
     {EventType::Track, "Email Opened", Place::Front, Content::Email},
     {EventType::Track, "Email Link Clicked", Place::Front, Content::Email},
     {EventType::Track, "Unsubscribed", Place::Front, Content::Email},
     {EventType::Track, "Order Shipped", Place::Front, Content::Shipping},
     {EventType::Track, "Order Delivered", Place::Front, Content::Delivery},
     {EventType::Track, "Survey Answered", Place::Front, Content::Survey},
     {EventType::Track, "Call Received", Place::Front, Content::Call},
     {EventType::Track, "Ticket Opened", Place::Front, Content::Ticket},
     {EventType::Track, "Ticket Closed", Place::Front, Content::Ticket},
     {EventType::Track, "Return Requested", Place::Front, Content::OrderId},
     {EventType::Track, "Order Refunded", Place::Front, Content::Refund},
     {EventType::Track, "Consent Given", Place::Account, Content::Consent},
     {EventType::Track, "Topic Unsubscribed", Place::Front, Content::Topic},
     {EventType::Track, "Order Ready", Place::Front, Content::Pickup},
     {EventType::Track, "Order Picked Up", Place::Front, Content::Pickup},
     {EventType::Track, "Order Cancelled", Place::Front, Content::Pickup}}};
constexpr std::array<std::string_view, 5> kComplaints{"none", "late-delivery", "damaged",
                                                      "wrong-item", "question"};

}  // namespace

std::string_view origin_key(Origin origin) {
    return kOriginKeys[static_cast<size_t>(origin)];
}

const KindFacts& facts_of(Kind kind) {
    return kFacts[static_cast<size_t>(kind)];
}

std::string_view complaint_name(Complaint complaint) {
    return kComplaints[static_cast<size_t>(complaint)];
}

}  // namespace throughline::simulate
