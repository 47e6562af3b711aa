// Tenants that change in the course of a scenario.
#pragma once

#include "dure/spec/reader.h"
#include "dure/spec/value.h"

namespace dure::simulate {

// What a tenants file with that list says.
spec::Value as_tenants_file(spec::Value list);

// The tenants file `before` with what the tenants file `changes` says: a tenant that both name keeps what the changes
// do not state of it, and one that is new comes last among its siblings. Reports a tenant that `changes` names twice.
spec::Value changed_tenants(const spec::Value& before, const spec::Node& changes);

}  // namespace dure::simulate
