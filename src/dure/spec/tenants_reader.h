// Reads a tenant tree with its guarantees and limits (`tenants.yaml`), checked against the fleet.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/reader.h"
#include "dure/tenancy/tenants.h"
#include "dure/tenancy/tenants_spec.h"

namespace dure::spec {

// Returns a spec from which Tenants of that fleet can be made, or every mistake of the file. A root tenant
// that owns a part of a pool and states no guarantee there is guaranteed its share.
Result<TenantsSpec> read_tenants(const std::filesystem::path& path, const Fleet& fleet);
// The same from text; `name` stands for the file in messages.
Result<TenantsSpec> read_tenants_text(std::string_view text, std::string name, const Fleet& fleet);
// The same for the file's root as a part of something larger, and for the list of root tenants alone.
// `fleet` is null if its own mistakes keep it from being known; then nothing is checked against it.
std::optional<TenantsSpec> read_tenants_node(const Node& node, const Fleet* fleet);
// Where a tenant states nothing else, its users take turns.
std::optional<TenantsSpec> read_tenants_list(const Node& node, const Fleet* fleet);
// `users` or `none`.
std::optional<Fairness> read_fairness(const Node& node);

// The tenants as ids, with the pools of `fleet`. Requires a spec that was read with that fleet.
Tenants make_tenants(TenantsSpec spec, const Fleet& fleet);

}  // namespace dure::spec
