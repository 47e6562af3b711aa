// What can be asked about the fleet, its nodes, the tenants, and the server itself.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer show_fleet(const Call& call);
Answer list_nodes(const Call& call);
Answer show_node(const Call& call);
Answer drain_node(const Call& call);
Answer resume_node(const Call& call);
Answer list_tenants(const Call& call);
Answer declare_tenants(const Call& call);
Answer declare_fleet(const Call& call);
Answer show_usage(const Call& call);
Answer show_use_history(const Call& call);
Answer watch_events(const Call& call);
Answer watch_live(const Call& call);
Answer show_server(const Call& call);

}  // namespace dure::api
