// What says something of consent, from outside: an event's document, a definition, and the stored
// forms made of them. Statements are bounded, and a book that is taken reads back as it was
// written.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "model/json.h"
#include "privacy/reading.h"
#include "privacy/rules.h"
#include "privacy/suppression.h"

using namespace throughline;

namespace {

void check_book(const std::vector<privacy::Statement>& statements) {
    privacy::Book book;
    std::vector<privacy::Statement> gone;
    for (const privacy::Statement& statement : statements) book.take(statement, gone);
    const auto read = privacy::Book::decode(book.encode());
    TL_ASSERT(read && read->statements == book.statements);
}

void check_event(model::DocView doc, std::string_view name) {
    std::string payload;
    model::append_event(payload,
                        {.message_key = {}, .identifiers = {}, .name = name, .doc = doc.bytes()});
    const auto statements = privacy::statements_of(model::EventView(payload));
    TL_ASSERT(statements.size() <= privacy::kStatementsOfOneMax);
    for (const privacy::Statement& statement : statements) {
        TL_ASSERT(!statement.key.empty() && statement.key.size() <= privacy::kKeyBytesMax);
        TL_ASSERT(!statement.is_given || statement.key != privacy::kEverything);
        TL_ASSERT(statement.evidence.size() <= privacy::kEvidenceBytesMax);
    }
    check_book(statements);
}

template <typename T>
void check_refusal(const Result<T>& read) {
    TL_ASSERT(read ||
              (read.error().code == Code::InvalidArgument && !read.error().message.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto book = privacy::Book::decode(bytes)) {
        const auto again = privacy::Book::decode(book->encode());
        TL_ASSERT(again && again->statements == book->statements);
    }
    if (const auto address = privacy::SuppressedAddress::decode(bytes)) {
        TL_ASSERT(privacy::SuppressedAddress::decode(address->encode()));
    }
    const auto packed = model::doc_from_json(bytes);
    if (!packed) return 0;
    const model::DocView doc(*packed);
    if (doc.is_object()) {
        for (const char* name : {"Consent Given", "Consent Withdrawn", "Topic Unsubscribed"}) {
            check_event(doc, name);
        }
    }
    check_refusal(privacy::Purpose::from_doc("p", doc));
    check_refusal(privacy::Topic::from_doc("t", doc));
    check_refusal(privacy::Messaging::from_doc(doc));
    check_refusal(privacy::read_statement(doc));
    return 0;
}
