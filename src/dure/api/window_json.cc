#include "dure/api/window_json.h"

#include <algorithm>

namespace dure::api {

namespace json = boost::json;

json::object window_json(const View& view, const Access& access, const Window& window, Time now) {
  json::object out{{"purpose", json::string_view(dure::to_text(window.purpose))},
                   {"from", dure::to_text(window.from)},
                   {"until", dure::to_text(window.until)},
                   {"is_open", window.is_open(std::max(now, view.now))},
                   {"node_count", window.nodes.size()}};
  if (!window.tenant || access.knows(*window.tenant)) {
    out["name"] = window.name;
    if (window.tenant) out["tenant"] = (*view.tenants)[*window.tenant].path;
    if (!window.reason.empty()) out["reason"] = window.reason;
  }
  if (access.may(Right::see_nodes)) {
    json::array nodes;
    for (const NodeId node : window.nodes) nodes.emplace_back(view.fleet->node_name(node));
    out["nodes"] = std::move(nodes);
  }
  return out;
}

json::array windows_json(const View& view, const Access& access, Time now) {
  json::array out;
  for (const Window& window : *view.windows) out.push_back(window_json(view, access, window, now));
  return out;
}

}  // namespace dure::api
