#include "server/segment_preview.h"

#include <algorithm>

#include "query/pass.h"
#include "segment/segment.h"
#include "server/question_moment.h"

namespace throughline::server {

namespace {

/// The people who have a row that matches; here each row does, or none of a person.
class PeopleFold final : public query::Fold {
public:
    void add(const query::PersonRows& rows) override {
        roots.push_back(rows.root);
        known += rows.is_known ? 1 : 0;
    }
    std::unique_ptr<query::Fold> fork() const override { return std::make_unique<PeopleFold>(); }
    void join(query::Fold& other) override {
        auto& from = static_cast<PeopleFold&>(other);
        roots.insert(roots.end(), from.roots.begin(), from.roots.end());
        known += from.known;
    }
    size_t bytes() const override { return roots.capacity() * sizeof(uint32_t); }

    std::vector<uint32_t> roots;
    uint64_t known = 0;
};

}  // namespace

Result<SegmentPreview> preview_segment(const App& app, model::DocView conditions,
                                       const std::string& field, const std::atomic<bool>* cancelled,
                                       size_t sample) {
    const engine::QueryView view = app.engine.query_view();
    // As strict as the segment itself.
    TL_TRY(segment::Segment::compile(conditions, view.settings->namespaces(), field));
    QuestionMoment moment(app, view, {});
    moment.environment().cancelled = cancelled;
    query::Pass pass{.from = kNoTime + 1, .to = app.clock.now() + 1};
    query::Condition condition;
    TL_TRY_ASSIGN(condition.where,
                  query::Predicate::compile(conditions, field, query::Leaves::OfPeople));
    pass.add(std::move(condition));
    PeopleFold people;
    query::Fold* const folds[] = {&people};
    TL_TRY(query::run_pass(pass, moment.environment(), folds));
    std::ranges::sort(people.roots);
    SegmentPreview preview{.roots = {}, .count = people.roots.size(), .known = people.known};
    people.roots.resize(std::min(sample, people.roots.size()));
    preview.roots = std::move(people.roots);
    return preview;
}

}  // namespace throughline::server
