#include "backtest/said_traits.h"

namespace throughline::backtest {

using model::DocView;
using model::DocWriter;
using model::EventType;
using model::EventView;
using sequence::FieldReader;

namespace {

std::vector<FieldReader::Find> finders_of(const std::vector<std::string>& traits) {
    std::vector<FieldReader::Find> finders;
    for (const std::string& trait : traits) {
        finders.emplace_back(
            [trait](const EventView& event) { return traits_of(event).find(trait); });
    }
    return finders;
}

}  // namespace

DocView traits_of(const EventView& event) {
    const DocView doc = event.doc();
    return (event.type() == EventType::Identify ? doc : doc.find("context")).find("traits");
}

SaidTraits::SaidTraits(const std::vector<std::string>& traits)
    : traits_(traits), reader_(finders_of(traits)) {}

Result<bool> SaidTraits::append(uint32_t row, EventType type, std::string& out) {
    const size_t begin = out.size();
    DocWriter doc(out);
    const size_t whole = doc.open_object();
    size_t context = 0;
    if (type != EventType::Identify) {
        doc.key("context");
        context = doc.open_object();
    }
    doc.key("traits");
    const size_t said = doc.open_object();
    for (size_t i = 0; i < traits_.size(); ++i) {
        TL_TRY_ASSIGN(const uint32_t number, reader_.look(i, row, type));
        if (number == FieldReader::kMissing) continue;
        if (number == FieldReader::kWhole) {
            out.resize(begin);
            return false;
        }
        doc.key(traits_[i]);
        TL_TRY_ASSIGN(const DocView value, reader_.value());
        doc.copy(value);
    }
    doc.close(said);
    if (type != EventType::Identify) doc.close(context);
    doc.close(whole);
    return true;
}

}  // namespace throughline::backtest
