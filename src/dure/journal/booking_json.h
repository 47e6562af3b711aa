// What happened to credits, as a fact tells it.
#pragma once

#include <boost/json/object.hpp>

#include "dure/ledger/change.h"

namespace dure {

void add_booking(boost::json::object& out, const ledger::Change& change);

}  // namespace dure
