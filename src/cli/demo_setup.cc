#include "cli/demo_setup.h"

#include "catalog/shipped.h"
#include "journey/shipped.h"
#include "model/json.h"
#include "model/yaml.h"

namespace throughline::cli {

using model::DocView;
using model::DocWriter;

namespace {

// The name that stands in the text, and the text as it was written, comments and all.
Result<std::string> journey_body(std::string_view yaml) {
    TL_TRY_ASSIGN(const std::string document, model::doc_from_yaml(yaml));
    std::string body;
    DocWriter out(body);
    const size_t mark = out.open_object();
    out.field("name", DocView(document).find("name").as_string());
    out.field("yaml", yaml);
    out.close(mark);
    return model::to_json(DocView(body));
}

Status publish_journeys(Api& api) {
    for (const std::string_view key : journey::shipped_journeys()) {
        const std::string path = "/api/journeys/" + std::string(key);
        TL_TRY_ASSIGN(const std::string body, journey_body(journey::shipped_journey(key)));
        TL_TRY(api.call("PUT", path, body));
        TL_TRY(api.post(path + "/publish", "{}"));
    }
    return Status::ok();
}

}  // namespace

Status set_up_demo(Api& api) {
    for (const std::string_view key : catalog::shipped_types()) {
        TL_TRY(api.call("PUT", "/api/catalogs/" + std::string(key), catalog::shipped_type(key)));
    }
    TL_TRY_ASSIGN(const std::string calls, model::doc_from_json(demo_setup_text()));
    for (const DocView call : DocView(calls).items()) {
        TL_TRY(api.call("PUT", std::string(call.find("path").as_string()),
                        model::to_json(call.find("body"))));
    }
    return publish_journeys(api);
}

}  // namespace throughline::cli
