// The default channels: GA4's default channel groups in GA4's order (support.google.com, "Default
// channel group"), and below them what a company has beside the web.
//
// Where we differ: mail read in a browser is Email rather than Referral, so Email stands before
// Referral; Affiliates stand before Paid Other, because their networks have click ids too; a click
// id counts as the paid medium that its platform would have written.
#include "query/channel.h"

namespace throughline::query {

namespace {

constexpr ShippedChannel kShipped[] = {
    {"direct", R"({"name":"Direct","media":"owned","place":"digital","order":0,"rules":[]})"},
    {"in-store", R"({"name":"In store","media":"owned","place":"physical","order":10,"rules":[
            {"property":"sender","op":"in","value":["till","tills","pos","store","stores"]},
            {"property":"medium","op":"in","value":["store","in-store","instore"]}]})"},
    {"call-centre", R"({"name":"Call centre","media":"owned","place":"physical","can_send":true,
            "order":20,"rules":[
            {"property":"sender","op":"in",
             "value":["call-centre","call-center","callcentre","callcenter","telephony"]},
            {"property":"medium","op":"in","value":["call","phone","telephone"]}]})"},
    {"post", R"({"name":"Post","media":"owned","place":"physical","can_send":true,"order":30,
            "rules":[{"property":"medium","op":"in",
             "value":["post","mail","direct-mail","direct mail","letter","print","flyer"]}]})"},
    {"cross-network", R"({"name":"Cross-network","media":"paid","place":"digital","order":100,
            "rules":[{"property":"campaign","op":"contains","value":"cross-network"}]})"},
    {"paid-shopping", R"({"name":"Paid Shopping","media":"paid","place":"digital","order":110,
            "rules":[[{"property":"paid","op":"eq","value":true},
             {"or":[{"property":"site","op":"eq","value":"shopping"},
                    {"property":"campaign","op":"contains","value":"shopping"},
                    {"property":"campaign","op":"eq","value":"shop"}]}]]})"},
    {"paid-search", R"({"name":"Paid Search","media":"paid","place":"digital","order":120,
            "rules":[[{"property":"paid","op":"eq","value":true},
             {"property":"site","op":"eq","value":"search"}]]})"},
    {"paid-social", R"({"name":"Paid Social","media":"paid","place":"digital","order":130,
            "rules":[[{"property":"paid","op":"eq","value":true},
             {"property":"site","op":"eq","value":"social"}]]})"},
    {"paid-video", R"({"name":"Paid Video","media":"paid","place":"digital","order":140,
            "rules":[[{"property":"paid","op":"eq","value":true},
             {"property":"site","op":"eq","value":"video"}]]})"},
    {"display", R"({"name":"Display","media":"paid","place":"digital","order":150,"rules":[
            {"property":"medium","op":"in",
             "value":["display","banner","expandable","interstitial","cpm"]},
            [{"property":"click","op":"contains","value":"dclid"},
             {"property":"medium","op":"not_exists"}]]})"},
    {"affiliates", R"({"name":"Affiliates","media":"partner","place":"digital","order":160,
            "rules":[{"property":"medium","op":"in","value":["affiliate","affiliates"]},
             {"property":"click","op":"contains","value":"awc"},
             {"property":"click","op":"contains","value":"cjevent"},
             {"property":"click","op":"contains","value":"irclickid"}]})"},
    {"paid-other", R"({"name":"Paid Other","media":"paid","place":"digital","order":170,
            "rules":[{"property":"paid","op":"eq","value":true}]})"},
    {"organic-shopping", R"({"name":"Organic Shopping","media":"earned","place":"digital",
            "order":180,"rules":[{"property":"site","op":"eq","value":"shopping"},
             {"property":"campaign","op":"contains","value":"shopping"},
             {"property":"campaign","op":"eq","value":"shop"}]})"},
    {"organic-social", R"({"name":"Organic Social","media":"earned","place":"digital",
            "order":190,"rules":[{"property":"site","op":"eq","value":"social"},
             {"property":"medium","op":"in","value":["social","social-network","social-media","sm",
              "social network","social media"]}]})"},
    {"organic-video", R"({"name":"Organic Video","media":"earned","place":"digital","order":200,
            "rules":[{"property":"site","op":"eq","value":"video"},
             {"property":"medium","op":"contains","value":"video"}]})"},
    {"organic-search", R"({"name":"Organic Search","media":"earned","place":"digital",
            "order":210,"rules":[{"property":"site","op":"eq","value":"search"},
             {"property":"medium","op":"eq","value":"organic"}]})"},
    {"email", R"({"name":"Email","media":"owned","place":"digital","can_send":true,"order":220,
            "rules":[{"property":"site","op":"eq","value":"email"},
             {"property":"source","op":"in","value":["email","e-mail","e_mail","e mail"]},
             {"property":"medium","op":"in","value":["email","e-mail","e_mail","e mail",
              "newsletter"]}]})"},
    {"referral", R"({"name":"Referral","media":"earned","place":"digital","order":230,"rules":[
            {"property":"medium","op":"in","value":["referral","app","link"]},
            [{"property":"referrer","op":"exists"},{"property":"source","op":"not_exists"},
             {"property":"medium","op":"not_exists"}]]})"},
    {"audio", R"({"name":"Audio","media":"paid","place":"digital","order":240,
            "rules":[{"property":"medium","op":"in","value":["audio","podcast","radio"]}]})"},
    {"sms", R"({"name":"SMS","media":"owned","place":"digital","can_send":true,"order":250,
            "rules":[{"property":"medium","op":"eq","value":"sms"},
             {"property":"source","op":"eq","value":"sms"}]})"},
    {"mobile-push", R"({"name":"Mobile Push","media":"owned","place":"digital","can_send":true,
            "order":260,"rules":[{"property":"medium","op":"contains","value":"push"},
             {"property":"medium","op":"contains","value":"mobile"},
             {"property":"medium","op":"contains","value":"notification"},
             {"property":"source","op":"eq","value":"firebase"}]})"},
    {"other", R"({"name":"Other","order":1000000,"rules":[]})"},
};

}  // namespace

std::span<const ShippedChannel> Channels::shipped() {
    return kShipped;
}

}  // namespace throughline::query
