// What filters that look through a list find: items, the first one, groups.
//
// Layer 2. Pure.
#pragma once

#include <optional>
#include <vector>

#include "template/filters.h"
#include "template/work.h"

namespace throughline::tmpl {

/// The items of a list that pass a test on what an expression gave for each.
class ItemSearch {
public:
    explicit ItemSearch(ItemTest test) : test_(test) {}
    /// Takes the next item. Returns whether no more are needed.
    bool add(Value item, Value found);
    Value result(Work& work) const;

private:
    ItemTest test_;
    size_t seen_ = 0;
    bool is_found_ = false;
    std::vector<Value> kept_;
};

/// Items by key, in the order in which keys are met.
class Groups {
public:
    explicit Groups(Work& work) : work_(work) {}
    void add(Value key, Value item);
    /// A list of records with `name` and `items`.
    Value result();

private:
    struct Group {
        Value key;
        std::vector<Value> items;
    };
    Work& work_;
    std::vector<Group> groups_;
};

}  // namespace throughline::tmpl
