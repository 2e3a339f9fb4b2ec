#include "cli/world_files.h"

#include <map>

#include "model/json.h"
#include "simulate/event_writer.h"
#include "simulate/items.h"
#include "store/files.h"

namespace throughline::cli {

namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr uint64_t kEventsBetweenProgress = 10'000;

// Lines into a file that is made with its first one, or into several of a size.
class LineFiles {
public:
    LineFiles(const WorldFiles& files, std::string stem)
        : files_(files), stem_(store::join_path(files.directory, stem)) {}

    Status add(std::string_view line) {
        buffer_ += line;
        if (buffer_.size() >= kPieceBytes) TL_TRY(flush());
        if (++lines_ != files_.events_a_file) return Status::ok();
        lines_ = 0;
        return close();
    }
    Status close() {
        TL_TRY(flush());
        if (file_ != nullptr) TL_TRY(file_->finish());
        file_.reset();
        return Status::ok();
    }

private:
    Status flush() {
        if (buffer_.empty()) return Status::ok();
        if (file_ == nullptr) {
            std::string path = stem_;
            if (files_.events_a_file > 0) {
                path += '-';
                simulate::append_digits(path, ++number_, 5);
            }
            path += ".jsonl" + std::string(file_suffix(files_.compression));
            TL_TRY_ASSIGN(file_, OutputFile::create(path, files_.compression));
        }
        TL_TRY(file_->write(buffer_));
        buffer_.clear();
        return Status::ok();
    }

    const WorldFiles& files_;
    std::string stem_;
    std::unique_ptr<OutputFile> file_;
    std::string buffer_;
    uint64_t lines_ = 0;
    uint64_t number_ = 0;
};

// What is said of items, a file a type.
class ItemFiles {
public:
    ItemFiles(const WorldFiles& files, const simulate::World& world)
        : files_(files), writer_(world) {
        files_.directory = store::join_path(files.directory, "items");
        files_.events_a_file = 0;
    }

    Status add_standing() {
        TL_TRY(store::make_directories(store::posix_files(), files_.directory));
        for (size_t place = 0; place < simulate::ItemWriter::kStanding; ++place) {
            TL_TRY(add(writer_.standing(place)));
        }
        return Status::ok();
    }
    Status add(const simulate::Planned& planned) {
        const simulate::ItemWord* const word = writer_.write(planned);
        return word == nullptr ? Status::ok() : add(*word);
    }
    Status close() {
        for (auto& [catalog, lines] : lines_) TL_TRY(lines.close());
        return Status::ok();
    }

private:
    Status add(const simulate::ItemWord& word) {
        const auto [place, is_new] =
            lines_.try_emplace(std::string(word.catalog), files_, std::string(word.catalog));
        line_.clear();
        model::append_json(line_, word.doc);
        line_ += '\n';
        return place->second.add(line_);
    }

    WorldFiles files_;
    simulate::ItemWriter writer_;
    std::map<std::string, LineFiles> lines_;
    std::string line_;
};

Status need_empty(const std::string& directory) {
    store::Files& files = store::posix_files();
    TL_TRY(store::make_directories(files, store::join_path(directory, "truth")));
    TL_TRY_ASSIGN(const auto names, files.list(directory));
    TL_TRY_ASSIGN(const auto truths, files.list(store::join_path(directory, "truth")));
    if (names.size() <= 1 && truths.empty()) return Status::ok();
    return Error::precondition("simulate: --out: " + directory + " is not empty");
}

Status write_truth(const simulate::Truth& truth, const WorldFiles& truth_files) {
    LineFiles people(truth_files, "people");
    Status written;
    truth.for_each_person([&](std::string_view line) {
        if (written) written = people.add(line);
    });
    TL_TRY(written);
    TL_TRY(people.close());
    LineFiles totals(truth_files, "totals");
    std::string lines;
    truth.append_totals(lines);
    TL_TRY(totals.add(lines));
    TL_TRY(totals.close());
    return store::replace_file(store::posix_files(),
                               store::join_path(truth_files.directory, "summary.json"),
                               truth.summary_json());
}

}  // namespace

Result<simulate::Truth::Summary> write_world(simulate::World& world, const WorldFiles& files) {
    TL_TRY(need_empty(files.directory));
    WorldFiles truth_files = files;
    truth_files.directory = store::join_path(files.directory, "truth");
    truth_files.events_a_file = 0;
    std::vector<LineFiles> sources;
    for (size_t origin = 0; origin < simulate::kOrigins; ++origin) {
        sources.emplace_back(files, std::string(origin_key(static_cast<simulate::Origin>(origin))));
    }
    LineFiles orders(truth_files, "orders");
    LineFiles tickets(truth_files, "tickets");

    ItemFiles items(files, world);
    TL_TRY(items.add_standing());

    simulate::Truth truth(world);
    simulate::EventWriter writer(world);
    std::string line, order, ticket;
    uint64_t count = 0;
    while (const simulate::Planned* planned = world.next()) {
        const simulate::SimulatedEvent& event = writer.write(*planned);
        line.clear();
        model::append_json(line, event.doc);
        line += '\n';
        TL_TRY(sources[static_cast<size_t>(planned->origin)].add(line));
        TL_TRY(items.add(*planned));
        order.clear();
        ticket.clear();
        truth.note(event, order, ticket);
        if (!order.empty()) TL_TRY(orders.add(order));
        if (!ticket.empty()) TL_TRY(tickets.add(ticket));
        if (++count % kEventsBetweenProgress == 0 && !files.progress(count)) {
            return Error{Code::Cancelled, "simulate: stopped; the files are incomplete"};
        }
    }
    for (LineFiles& source : sources) TL_TRY(source.close());
    TL_TRY(items.close());
    TL_TRY(orders.close());
    TL_TRY(tickets.close());
    TL_TRY(write_truth(truth, truth_files));
    return truth.summary();
}

}  // namespace throughline::cli
