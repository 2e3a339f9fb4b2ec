// The document that the server publishes names its routes, each of them and no others.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/json.h"
#include "server/server.h"
#include "server/test_api.h"
#include "server/web_assets.h"

namespace throughline::server {
namespace {

std::string name_of(net::Method method) {
    switch (method) {
        case net::Method::Get:
            return "get";
        case net::Method::Post:
            return "post";
        case net::Method::Put:
            return "put";
        case net::Method::Delete:
            return "delete";
        default:
            return "?";
    }
}

TEST(OpenApi, NamesEveryRouteOfTheManagementApiAndNoOther) {
    testing::TestApi api({});
    Router router;
    add_all_routes(router, api.app());
    std::set<std::string> routes;
    for (const Route& route : router.routes())
        routes.insert(name_of(route.method) + " " + route.pattern);

    const auto document = web_asset("openapi.json");
    ASSERT_TRUE(document);
    const auto packed = model::doc_from_json(document->bytes);
    ASSERT_TRUE(packed) << packed.error().message;
    std::set<std::string> documented;
    for (const auto& path : model::DocView(*packed).find("paths").fields()) {
        if (!path.key.starts_with("/api/")) continue;
        for (const auto& operation : path.value.fields()) {
            if (operation.key == "parameters") continue;
            documented.insert(std::string(operation.key) + " " + std::string(path.key));
        }
    }
    EXPECT_EQ(routes, documented);
}

}  // namespace
}  // namespace throughline::server
